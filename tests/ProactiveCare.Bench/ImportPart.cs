using System.Diagnostics;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Bench;

/// <summary>The product's import against the sqlite3 program's own, of the same CSV, both durable.</summary>
internal static class ImportPart
{
    // As sessions are stored, less what only ours has; instants and flags stay the texts that the file has.
    private const string Table = """
        CREATE TABLE session (
          session_id TEXT NOT NULL, customer_id TEXT NOT NULL, purchase_id TEXT, content_id TEXT NOT NULL,
          title TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL, watch_seconds REAL NOT NULL,
          stall_seconds REAL NOT NULL, stall_count INTEGER NOT NULL, longest_stall_seconds REAL,
          last_stall_seconds_before_end REAL, startup_seconds REAL, avg_bitrate_kbps REAL, required_kbps REAL,
          throughput_kbps REAL, startup_failed TEXT NOT NULL, failure_cause TEXT, cdn TEXT, isp TEXT, region TEXT,
          device TEXT, UNIQUE (session_id));
        """;

    public static async Task Measure(Room room, Scoreboard board)
    {
        var day = new Day(new LocalDate(2026, 3, 14), 1, room.Options.Rows)
        {
            SubscriptionPercent = 20, Customers = Math.Max(1, room.Options.Rows / 3),
        };
        var csv = Path.Combine(room.Folder("files"), "sessions.csv");
        Evenings.WriteSessions(csv, day);
        var medians = await Alternating.Medians(room.Options.Times, () => Ours(room, day, csv),
            () => Theirs(room, csv));
        board.Rates($"import of {day.Sessions:N0} sessions, {new FileInfo(csv).Length >> 20} MB",
            day.Sessions / medians[0], day.Sessions / medians[1], "rows/s", 1.0);
        board.Note("Import: ours is Import.Run from opening the store to closing it; theirs is the program's whole "
            + "run, both with WAL, synchronous = FULL and 64 MiB of page cache. Beyond the table of .import, ours "
            + "checks and converts every value, stores source, arrival, hash, revision and time of receipt, keeps two "
            + "more indexes and STRICT types, and tells new from revised and duplicate rows.");
    }

    private static async Task<double> Ours(Room room, Day day, string csv)
    {
        var folder = room.Folder("import");
        Company.WithoutJobs(folder, Company.After(day.Date)).Dispose();
        var watch = Stopwatch.StartNew();
        using (var company = Company.WithoutJobs(folder, Company.After(day.Date)))
            await company.Import("sessions", csv);
        var seconds = watch.Elapsed.TotalSeconds;
        Directory.Delete(folder, recursive: true);
        return seconds;
    }

    private static async Task<double> Theirs(Room room, string csv)
    {
        const string Durable = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;";
        var folder = room.Folder("import");
        var db = Path.Combine(folder, "db");
        await Programs.Run("sqlite3", ["-batch", db], $"{Durable}\n{Table}\n");
        var (seconds, _) = await Programs.Run(
            "sqlite3", ["-batch", db], $"{Durable}\n.import --csv --skip 1 {csv} session\n");
        var (_, stored) = await Programs.Run("sqlite3", ["-batch", db, "SELECT count(*) FROM session"]);
        if (stored.Trim() == "0") throw new StorageException("sqlite3 imported nothing.");
        Directory.Delete(folder, recursive: true);
        return seconds;
    }
}
