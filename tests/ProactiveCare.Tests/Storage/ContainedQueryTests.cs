using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

public sealed class ContainedQueryTests : IDisposable
{
    private static readonly Dictionary<string, IReadOnlySet<string>> Readable = new()
    {
        ["purchase"] = new HashSet<string>(["purchase_id", "amount_minor"], StringComparer.OrdinalIgnoreCase),
    };

    private readonly Installed here = Installed.InFile();

    public ContainedQueryTests() => here.Write(db => db.Execute(
        """
        INSERT INTO purchase (purchase_id, customer_id, kind, title, amount_minor, currency, purchased_at, payment_ref,
          content_hash, received_at)
        SELECT 'p' || value, 'c', 'rental', 'T', value, 'USD', 0, 'card', zeroblob(1), 0 FROM json_each('[1, 2, 3]')
        """));

    public void Dispose() => here.Dispose();

    [Fact]
    public void Select_within_its_bounds_is_answered_with_its_parameters()
    {
        using var query = Of("SELECT purchase_id FROM purchase WHERE amount_minor >= @least ORDER BY 1");
        var found = new List<string>();
        query.Run(new Dictionary<string, object> { ["least"] = 2L, ["unused"] = 9L },
            row => found.Add((string)row[0]!));
        Assert.Equal(["p2", "p3"], found);
        Assert.Equal(["least"], query.Parameters);
        Assert.Equal(["purchase_id"], query.Columns);
    }

    [Theory]
    [InlineData("SELECT email FROM customer", "customer")]
    [InlineData("SELECT payment_ref FROM purchase", "purchase.payment_ref")]
    [InlineData("SELECT * FROM purchase", "may not see")]
    [InlineData("SELECT purchase_id FROM purchase WHERE payment_ref = 'card'", "purchase.payment_ref")]
    [InlineData("SELECT sql FROM sqlite_master", "sqlite_master")]
    [InlineData("SELECT purchase_id FROM purchase UNION SELECT email FROM customer", "customer")]
    [InlineData("SELECT (SELECT store_id FROM installation) FROM purchase", "installation")]
    [InlineData("DELETE FROM purchase", "does more than read")]
    [InlineData("UPDATE purchase SET amount_minor = 0", "does more than read")]
    [InlineData("ATTACH 'other.db' AS other", "does more than read")]
    [InlineData("PRAGMA journal_mode = DELETE", "does more than read")]
    [InlineData("SELECT name FROM pragma_database_list", "may not see")]
    [InlineData("SELECT random() FROM purchase", "random()")]
    [InlineData("SELECT load_extension('x')", "load_extension()")]
    [InlineData("SELECT 1; DELETE FROM purchase", "one SELECT")]
    [InlineData("SELECT 1; SELECT 2", "more than one statement")]
    [InlineData("SELEC 1", "not right")]
    [InlineData("SELECT purchase_id FROM purchase WHERE amount_minor = ?", "@name")]
    public void Other_statements_are_refused_with_the_reason(string sql, string word) =>
        Assert.Contains(word, Assert.Throws<QueryException>(() => Of(sql)).Message);

    [Fact]
    public void Endless_statement_is_interrupted()
    {
        using var query = ContainedQuery.Open(
            here.Folder, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
            new Containment(Readable, 10, Duration.FromMilliseconds(200)), TimeProvider.System);
        var refused = Assert.Throws<QueryException>(() => query.Run(new Dictionary<string, object>(), _ => { }));
        Assert.Contains("interrupted after 0.2 s", refused.Message);
    }

    [Theory]
    [InlineData("SELECT zeroblob(1000000000)", "too big")]
    [InlineData("SELECT group_concat(zeroblob(100000)) FROM json_each('[1,2,3,4,5]')", "too big")]
    [InlineData("SELECT replace(printf('%.*c', 200000, 'a'), 'a', 'bbbb')", "too big")]
    [InlineData("SELECT printf('%.*c', 200000, 'a') LIKE '%' || printf('%.*c', 40000, 'a') || 'b'", "too complex")]
    [InlineData(
        "WITH RECURSIVE n(i, x) AS (SELECT 1, printf('%.*c', 100000, 'a') UNION ALL SELECT i + 1, x FROM n) "
        + "SELECT x FROM n ORDER BY x", "more than 256 MiB of memory")]
    public void Statement_over_its_memory_or_time_is_stopped_and_the_store_works_on(string sql, string word)
    {
        using var query = ContainedQuery.Open(
            here.Folder, sql, new Containment(Readable, 10, Duration.FromSeconds(100)), TimeProvider.System);
        var refused = Assert.Throws<QueryException>(() => query.Run(new Dictionary<string, object>(), _ => { }));
        Assert.Contains(word, refused.Message);
        Assert.Equal(1, here.Write(db => Dapper.SqlMapper.Execute(db, "UPDATE arrival SET last = last")));
    }

    [Fact]
    public void Rows_over_the_cap_are_an_error_and_not_truncated()
    {
        using var query = ContainedQuery.Open(
            here.Folder, "SELECT purchase_id FROM purchase", new Containment(Readable, 2, Duration.FromSeconds(9)),
                here.Clock);
        var refused = Assert.Throws<QueryException>(() => query.Run(new Dictionary<string, object>(), _ => { }));
        Assert.Contains("more than 2 rows", refused.Message);
    }

    [Fact]
    public void Statement_can_read_json_of_its_own()
    {
        using var query = Of("SELECT value FROM json_each('[4]')");
        var found = new List<long>();
        query.Run(new Dictionary<string, object>(), row => found.Add((long)row[0]!));
        Assert.Equal([4], found);
    }

    private ContainedQuery Of(string sql) =>
        ContainedQuery.Open(here.Folder, sql, new Containment(Readable, 100, Duration.FromSeconds(9)), here.Clock);
}
