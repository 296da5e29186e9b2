using Dapper;
using NodaTime;
using Npgsql;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>
/// A cursor on numbers given before the commit loses rows that commit late; one on arrival numbers does not. Each
/// interleaving is shown with both, by transactions that are open at the same time.
/// </summary>
public sealed class NumberingTests : IDisposable
{
    private readonly Installed here = new();
    private readonly List<NpgsqlConnection> open = [];

    public NumberingTests() => TestDatabase.SkipUnlessServer();

    public void Dispose()
    {
        foreach (var connection in open) connection.Dispose();
        here.Dispose();
    }

    [Fact]
    public void Row_that_was_inserted_first_and_commits_last_is_after_the_cursor()
    {
        var (slow, quick, reader) = (Begin(), Begin(), Connect());
        Insert(slow, "slow");
        Insert(quick, "quick");
        quick.Execute("COMMIT");
        var sequence = AfterSequence(reader, 0);
        Assert.Equal(["quick"], sequence.Ids);
        Number();
        var arrivals = AfterCursor(0);
        Assert.Equal(["quick"], arrivals.Ids);

        slow.Execute("COMMIT");
        Assert.Empty(AfterSequence(reader, sequence.Cursor).Ids);
        Number();
        Assert.Equal(["slow"], AfterCursor(arrivals.Cursor).Ids);
    }

    [Fact]
    public void Row_of_the_later_transaction_with_the_smaller_number_is_after_the_cursor()
    {
        var (earlier, later, reader) = (Begin(), Begin(), Connect());
        var first = earlier.ExecuteScalar<long>("SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)");
        Assert.True(first < later.ExecuteScalar<long>("SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"));
        Insert(later, "later");
        Insert(earlier, "earlier");
        earlier.Execute("COMMIT");
        // The bound is that of the whole server, on which other tests have transactions too.
        (IReadOnlyList<string> Ids, long Cursor) bounded = ([], 0);
        while (bounded.Ids.Count == 0) bounded = AfterSequence(reader, 0, Settled);
        Assert.Equal(["earlier"], bounded.Ids);
        Number();
        var arrivals = AfterCursor(0);
        Assert.Equal(["earlier"], arrivals.Ids);

        later.Execute("COMMIT");
        Assert.Empty(AfterSequence(reader, bounded.Cursor).Ids);
        Number();
        Assert.Equal(["later"], AfterCursor(arrivals.Cursor).Ids);
    }

    [Fact]
    public void Revision_that_commits_late_is_after_the_cursor_too()
    {
        here.Import("contacts", "contact_id,customer_id,contacted_at,topic\na,c1,2026-03-14T10:00:00Z,x\n");
        var reviser = Begin();
        reviser.Execute("UPDATE contact SET topic = 'y', arrival = NULL, revision = 2 WHERE contact_id = 'a'");
        Insert(Connect(), "b");
        Number();
        Assert.Equal(["a", "b"], AfterCursor(0).Ids);
        reviser.Execute("COMMIT");
        Number();
        Assert.Equal(["a"], AfterCursor(2).Ids);
    }

    [Fact]
    public void Numbering_transaction_is_not_overtaken()
    {
        var (numberer, reader) = (Begin(), Connect());
        Insert(reader, "first");
        Assert.Equal(1, numberer.ExecuteScalar<long>("SELECT number_arrivals(10)"));
        Insert(reader, "second");
        reader.Execute("SET lock_timeout = '200ms'");
        var waits = Assert.Throws<PostgresException>(() => reader.Execute("SELECT number_arrivals(10)"));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, waits.SqlState);
        Assert.Empty(AfterCursor(0).Ids);
        numberer.Execute("COMMIT");
        Number();
        Assert.Equal((2, 2), (here.Read(Arrivals.Latest), AfterCursor(0).Ids.Count));
    }

    [Fact]
    public async Task Unnumbered_rows_stay_and_are_reported_after_two_minutes()
    {
        Insert(Connect(), "a");
        Assert.Null(here.Read(db => Numbering.StalledSince(db, Received + Duration.FromMinutes(2))));
        Assert.Equal(Received, here.Read(db => Numbering.StalledSince(db, Received + Duration.FromMinutes(3))));
        here.Clock.Advance(TimeSpan.FromDays(900));
        var rule = new RetentionRule(here.Clock.Now(), long.MaxValue);
        await Retention.Delete(here.Store, rule, stop: TestContext.Current.CancellationToken);
        Number();
        Assert.Null(here.Read(db => Numbering.StalledSince(db, here.Clock.Now())));
        Assert.Equal(["a"], AfterCursor(0).Ids);
    }

    private static Instant Received => Instant.FromUtc(2026, 3, 14, 11, 0);

    // Up to the oldest open transaction.
    private const string Settled =
        " AND CAST(CAST(xmin AS TEXT) AS BIGINT)"
        + " < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)";

    private static (IReadOnlyList<string> Ids, long Cursor) AfterSequence(
        NpgsqlConnection reader, long cursor, string bound = "")
    {
        var rows = reader.Query<(string Id, long Number)>(
            $"SELECT contact_id, row_id FROM contact WHERE row_id > @cursor{bound} ORDER BY row_id",
            new { cursor }).ToList();
        return ([.. rows.Select(row => row.Id)], rows.Select(row => row.Number).Append(cursor).Max());
    }

    private static void Insert(NpgsqlConnection connection, string id) => connection.Execute(
        """
        INSERT INTO contact (source, contact_id, customer_id, contacted_at, topic, content_hash, received_at)
        VALUES ('import', @id, 'c1', 0, 'x', '\x00', @at)
        """,
        new { id, at = Received.ToUnixTimeMilliseconds() });

    private (IReadOnlyList<string> Ids, long Cursor) AfterCursor(long cursor) => here.Read(db =>
    {
        var ids = db.Query<string>(
            "SELECT contact_id FROM contact WHERE arrival > @cursor ORDER BY arrival", new { cursor }).ToList();
        return (ids, Arrivals.Latest(db));
    });

    private void Number() => Numbering.Run(here.Store).GetAwaiter().GetResult();

    private NpgsqlConnection Begin()
    {
        var connection = Connect();
        connection.Execute("BEGIN TRANSACTION");
        return connection;
    }

    private NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(here.Folder.Server!.ConnectionString)
            {
                SearchPath = "care,pg_catalog", Pooling = false,
            }.ToString());
        connection.Open();
        open.Add(connection);
        return connection;
    }
}
