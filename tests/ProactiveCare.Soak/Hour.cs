using System.Diagnostics;
using ProactiveCare.Storage;

namespace ProactiveCare.Soak;

/// <summary>One simulated hour.</summary>
internal sealed record Hour
{
    /// <summary>From 1; those of the warm-up first.</summary>
    public required int Number { get; init; }

    /// <summary>The rows of the hour; telemetry counts those kept at its end.</summary>
    public required Stored Came { get; init; }

    public required Queues Queues { get; init; }

    public required IReadOnlyDictionary<string, ChoreTime> Chores { get; init; }

    /// <summary>The work of each statement, on the scale of SQLite's virtual machine.</summary>
    public required IReadOnlyList<StatementWork> Statements { get; init; }

    /// <summary>Processor time of the hour, in seconds.</summary>
    public required double Cpu { get; init; }

    public required Sizes Sizes { get; init; }
}

/// <summary>Sizes in bytes.</summary>
/// <param name="Heap">Managed, after a full collection.</param>
/// <param name="Resident">Of the process.</param>
/// <param name="Database">The file.</param>
/// <param name="Wal">The write-ahead log.</param>
internal sealed record Sizes(long Heap, long Resident, long Database, long Wal)
{
    public static Sizes Now(DataFolder folder)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return new Sizes(
            GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64, Size(folder.Database),
            Size(folder.Database + "-wal"));
    }

    private static long Size(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
