using Microsoft.Data.Sqlite;
using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Jobs;

/// <summary>One playback session; its numbers are those of a good one unless a test says otherwise.</summary>
internal sealed record Session
{
    public required string Id { get; init; }
    public string Customer { get; init; } = "c1";
    public string? Purchase { get; init; } = "p1";
    public string Title { get; init; } = "Arrival";
    public Instant Started { get; init; } = DetectionDatabase.Evening;
    public Instant? Ended { get; init; }
    public double Watched { get; init; } = 3600;
    public double Stalled { get; init; }
    public int Stalls { get; init; }
    public double? Longest { get; init; }
    public double? LastBeforeEnd { get; init; }
    public double? Content { get; init; }
    public double? Throughput { get; init; }
    public double? Required { get; init; }
    public bool Failed { get; init; }
    public string? Cause { get; init; }
    public string Cdn { get; init; } = "cdn-a";

    public Instant End => Ended ?? Started + Duration.FromSeconds(Watched);
}

/// <summary>A database with the tables that detection may read, to run a job's statement.</summary>
internal sealed class DetectionDatabase : IDisposable
{
    public static readonly Instant Evening = Instant.FromUtc(2026, 11, 14, 19, 0);

    private const string Purchases =
        """
        CREATE TABLE purchase(purchase_id TEXT PRIMARY KEY, customer_id TEXT, kind TEXT, title TEXT,
          amount_minor INTEGER, currency TEXT, purchased_at INTEGER) STRICT;
        """;

    private readonly SqliteConnection connection = new("Data Source=:memory:");

    public DetectionDatabase()
    {
        connection.Open();
        Execute(Migration("Telemetry/schema.sql"));
        Execute(Purchases);
    }

    public long Arrivals { get; private set; }

    public void Dispose() => connection.Dispose();

    public void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Add(params Session[] sessions)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            INSERT INTO session(arrival, source, session_id, customer_id, purchase_id, content_id, title, started_at,
              ended_at, watch_seconds, stall_seconds, stall_count, longest_stall_seconds, last_stall_seconds_before_end,
              content_seconds, required_kbps, throughput_kbps, startup_failed, failure_cause, cdn, viewing_day,
              content_hash, received_at)
            VALUES(@arrival, 'test', @id, @customer, @purchase, 'content', @title, @started,
              @ended, @watched, @stalled, @stalls, @longest, @last,
              @length, @required, @throughput, @failed, @cause, @cdn, @day, x'00', 0)
            """;
        foreach (var s in sessions)
        {
            command.Parameters.Clear();
            Bind(command, "arrival", ++Arrivals);
            Bind(command, "id", s.Id);
            Bind(command, "customer", s.Customer);
            Bind(command, "purchase", s.Purchase);
            Bind(command, "title", s.Title);
            Bind(command, "started", s.Started.ToUnixTimeMilliseconds());
            Bind(command, "ended", s.End.ToUnixTimeMilliseconds());
            Bind(command, "watched", s.Watched);
            Bind(command, "stalled", s.Stalled);
            Bind(command, "stalls", s.Stalls);
            Bind(command, "longest", s.Longest);
            Bind(command, "last", s.LastBeforeEnd);
            Bind(command, "length", s.Content);
            Bind(command, "day", $"{ViewingDays.Of(s.Started, DateTimeZone.Utc):uuuu-MM-dd}");
            Bind(command, "required", s.Required);
            Bind(command, "throughput", s.Throughput);
            Bind(command, "failed", s.Failed ? 1 : 0);
            Bind(command, "cause", s.Cause);
            Bind(command, "cdn", s.Cdn);
            command.ExecuteNonQuery();
        }
    }

    /// <summary>The findings of the job among the rows after a cursor, by column.</summary>
    public List<Dictionary<string, object?>> Find(Job job, Instant now, long after = 0)
    {
        var detector = Assert.IsType<SqlDetector>(job.Detect);
        using var command = connection.CreateCommand();
        command.CommandText = detector.Sql;
        BindRun(command, detector, now, after);
        using var reader = command.ExecuteReader();
        var found = new List<Dictionary<string, object?>>();
        while (reader.Read())
        {
            found.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.Ordinal));
        }

        return found;
    }

    /// <summary>The names of the columns that a statement gives.</summary>
    public List<string> Columns(Job job)
    {
        var detector = Assert.IsType<SqlDetector>(job.Detect);
        using var command = connection.CreateCommand();
        command.CommandText = detector.Sql;
        BindRun(command, detector, Evening, 0);
        using var reader = command.ExecuteReader();
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
    }

    /// <summary>The query plan, one step a line.</summary>
    public List<string> Plan(Job job)
    {
        var detector = Assert.IsType<SqlDetector>(job.Detect);
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + detector.Sql;
        BindRun(command, detector, Evening, 0);
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
            steps.Add(reader.GetString(3));
        return steps;
    }

    private void BindRun(SqliteCommand command, SqlDetector detector, Instant now, long after)
    {
        Bind(command, "after", after);
        Bind(command, "upto", Arrivals);
        Bind(command, "now", now.ToUnixTimeMilliseconds());
        Bind(command, "since", (now - detector.Look).ToUnixTimeMilliseconds());
        Bind(command, "settled", (now - detector.Settle).ToUnixTimeMilliseconds());
        foreach (var (name, value) in detector.Parameters)
            Bind(command, name, value);
    }

    private static string Migration(string name)
    {
        using var stream = typeof(Job).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static void Bind(SqliteCommand command, string name, object? value) =>
        command.Parameters.AddWithValue("@" + name, value ?? DBNull.Value);
}
