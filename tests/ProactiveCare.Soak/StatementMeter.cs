using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace ProactiveCare.Soak;

/// <summary>The work of all executions of one statement.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="Executions">How often it ended.</param>
/// <param name="Steps">Instructions of SQLite's virtual machine: the same on every machine, however busy.</param>
/// <param name="Scanned">Rows that were passed by in full scans.</param>
/// <param name="Sorted">Sorts.</param>
internal sealed record StatementWork(string Sql, long Executions, long Steps, long Scanned, long Sorted)
{
    public static StatementWork operator -(StatementWork a, StatementWork b) => new(
        a.Sql, a.Executions - b.Executions, a.Steps - b.Steps, a.Scanned - b.Scanned, a.Sorted - b.Sorted);
}

/// <summary>
/// Listens to every SQLite connection of this process to one database and counts the work of each statement. It asks
/// SQLite itself (an automatic extension that traces), so the product needs no hook.
/// </summary>
internal static unsafe partial class StatementMeter
{
    private const int FullscanStep = 1;
    private const int Sort = 2;
    private const int VmStep = 4;
    private const uint TraceProfile = 2;

    private static readonly Dictionary<string, StatementWork> Works = new(StringComparer.Ordinal);
    private static readonly Lock Counting = new();
    private static string? watched;

    /// <summary>Counts for connections opened to a database until the returned object is disposed; what was
    /// counted before is forgotten.</summary>
    public static IDisposable Watch(string database)
    {
        lock (Counting)
        {
            Works.Clear();
            watched = Path.GetFullPath(database);
        }
        // Makes sure that the native library is there before it is asked.
        using (var any = new SqliteConnection("Data Source=:memory:")) any.Open();
        Check(AutoExtension(&Opened));
        return new Watching();
    }

    /// <summary>The counts so far, by statement.</summary>
    public static IReadOnlyDictionary<string, StatementWork> Counted()
    {
        lock (Counting) return new Dictionary<string, StatementWork>(Works, StringComparer.Ordinal);
    }

    private static void Check(int code)
    {
        if (code != 0) throw new InvalidOperationException($"SQLite answers {code} to being listened to.");
    }

    private sealed class Watching : IDisposable
    {
        public void Dispose()
        {
            _ = CancelAutoExtension(&Opened);
            lock (Counting) watched = null;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Opened(nint db, nint* error, nint api) => Trace(db, TraceProfile, &Ended, db);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Ended(uint kind, nint db, nint statement, nint nanoseconds)
    {
        if (Marshal.PtrToStringUTF8(FileName(db, null)) != watched) return 0;
        var sql = Marshal.PtrToStringUTF8(Text(statement)) ?? "";
        var (scanned, sorted, steps) =
            (Status(statement, FullscanStep, 1), Status(statement, Sort, 1), Status(statement, VmStep, 1));
        lock (Counting)
        {
            var before = Works.GetValueOrDefault(sql) ?? new StatementWork(sql, 0, 0, 0, 0);
            Works[sql] = new StatementWork(
                sql, before.Executions + 1, before.Steps + steps, before.Scanned + scanned, before.Sorted + sorted);
        }
        return 0;
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_auto_extension")]
    private static partial int AutoExtension(delegate* unmanaged[Cdecl]<nint, nint*, nint, int> opened);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_cancel_auto_extension")]
    private static partial int CancelAutoExtension(delegate* unmanaged[Cdecl]<nint, nint*, nint, int> opened);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_trace_v2")]
    private static partial int Trace(
        nint db, uint mask, delegate* unmanaged[Cdecl]<uint, nint, nint, nint, int> ended, nint context);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_sql")]
    private static partial nint Text(nint statement);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_db_filename")]
    private static partial nint FileName(nint db, byte* name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_stmt_status")]
    private static partial int Status(nint statement, int counter, int reset);
}
