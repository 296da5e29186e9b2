using System.Diagnostics;
using System.Runtime.InteropServices;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ProactiveCare.Bench;

/// <summary>The machine and the versions of the figures.</summary>
internal static class Machine
{
    public static string Describe(Room room)
    {
        using var db = new SqliteConnection("Data Source=:memory:");
        db.Open();
        var ours = db.ExecuteScalar<string>("SELECT sqlite_version()");
        return $"""
            {Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {Load()}
            {RuntimeInformation.FrameworkDescription}; SQLite ours {ours}, sqlite3 {Said("sqlite3", "--version")}
            {Said("python3", "--version")}; node {Said("node", "--version")}
            one fsync of 4 KiB in {room.Path}: {Fsync(room):0.00} ms

            """;
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1].Trim() ?? "an unknown processor";

    private static string Load() => "load " + File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Said(string program, params string[] arguments)
    {
        try
        {
            return string.Join(' ', Programs.Version(program, arguments).GetAwaiter().GetResult().Split(' ').Take(2));
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }

    private static double Fsync(Room room)
    {
        const int Times = 100;
        var path = Path.Combine(room.Path, "fsync");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Times; i++)
        {
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
        }
        return watch.Elapsed.TotalMilliseconds / Times;
    }
}
