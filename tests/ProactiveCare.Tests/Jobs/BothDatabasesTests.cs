using System.Globalization;
using NodaTime;
using Npgsql;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Storage.PostgreSql;

namespace ProactiveCare.Tests.Jobs;

/// <summary>A job's statement gives the same findings on SQLite and on PostgreSQL.</summary>
public sealed class BothDatabasesTests
{
    [Theory]
    [InlineData("slow-video-stream", 4)]
    [InlineData("slow-video-stream", 5)]
    [InlineData("failed-video-start", 6)]
    public void Random_sessions_give_equal_findings_on_both_databases(string name, int seed)
    {
        Assert.SkipWhen(PostgresHouse.Given is null, PostgresHouse.Needs);
        using var file = new DetectionDatabase();
        using var server = new PostgresHouse();
        var random = new Random(seed);
        var sessions = Enumerable.Range(0, 2000).Select(i => SlowVideoStreamTests.RandomSession(random, i)).ToArray();
        file.Add(sessions);
        Add(server, sessions);
        foreach (var (purchase, customer) in new[] { ("p1-1", "buyer"), ("p7-0", "another") })
        {
            file.Execute(
                $"INSERT INTO purchase VALUES('{purchase}', '{customer}', 'rental', 'Arrival', 499, 'USD', 0)");
            server.Execute(
                "INSERT INTO care.purchase (purchase_id, customer_id, kind, title, amount_minor, currency, "
                + "purchased_at, content_hash, received_at) "
                + $"VALUES('{purchase}', '{customer}', 'rental', 'Arrival', 499, 'USD', 0, '', 0)");
        }
        var job = Shipped.Job(name);
        var now = DetectionDatabase.Evening + Duration.FromHours(9);
        foreach (var after in new[] { 0L, 1500L })
        {
            var expected = file.Find(job, now, after).Select(row => Words(row)).Order().ToList();
            Assert.Equal(expected, Find(server, job, now, after).Select(row => Words(row)).Order().ToList());
            Assert.NotEmpty(expected);
        }
    }

    private static string Words(IEnumerable<KeyValuePair<string, object?>> row) =>
        string.Join(' ', row.Select(column => column.Value is double or long
            ? $"{column.Key}={Convert.ToDouble(column.Value, CultureInfo.InvariantCulture):G12}"
            : $"{column.Key}={column.Value}"));

    private static List<Dictionary<string, object?>> Find(PostgresHouse server, Job job, Instant now, long after)
    {
        var detector = Assert.IsType<SqlDetector>(job.Detect);
        using var query = ContainedQuery.Open(
            server.Folder, detector.For(server.Folder).Sql, Readable.Of(detector), TimeProvider.System);
        var found = new List<Dictionary<string, object?>>();
        var parameters = new Dictionary<string, object>(detector.Parameters)
        {
            ["after"] = after,
            ["upto"] = 2000L,
            ["now"] = now.ToUnixTimeMilliseconds(),
            ["since"] = (now - detector.Look).ToUnixTimeMilliseconds(),
            ["settled"] = (now - detector.Settle).ToUnixTimeMilliseconds(),
        };
        query.Run(parameters, row => found.Add(query.Columns.Zip(row).ToDictionary(p => p.First, p => p.Second)));
        return found;
    }

    private static void Add(PostgresHouse server, Session[] sessions)
    {
        using var connection = new NpgsqlConnection(server.Server.ConnectionString);
        connection.Open();
        using var copy = connection.BeginBinaryImport(
            """
            COPY care.session (arrival, source, session_id, customer_id, purchase_id, content_id, title, started_at,
              ended_at, watch_seconds, stall_seconds, stall_count, longest_stall_seconds, last_stall_seconds_before_end,
              required_kbps, throughput_kbps, startup_failed, failure_cause, cdn, viewing_day, content_hash,
              received_at)
            FROM STDIN (FORMAT BINARY)
            """);
        foreach (var (index, s) in sessions.Index())
        {
            copy.WriteRow(
                index + 1L, "test", s.Id, s.Customer, s.Purchase, "content", s.Title,
                s.Started.ToUnixTimeMilliseconds(), s.End.ToUnixTimeMilliseconds(), s.Watched, s.Stalled,
                (long)s.Stalls, s.Longest, s.LastBeforeEnd, s.Required, s.Throughput, s.Failed ? 1L : 0L, s.Cause,
                s.Cdn, $"{ViewingDays.Of(s.Started, DateTimeZone.Utc):uuuu-MM-dd}", Array.Empty<byte>(), 0L);
        }
        copy.Complete();
    }
}
