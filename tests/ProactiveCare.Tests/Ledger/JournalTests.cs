using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;

namespace ProactiveCare.Tests.Ledger;

public sealed class JournalTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Key_posts_one_entry_and_other_content_under_it_is_refused()
    {
        var first = Post("credit:1:owed", "expense:goodwill:a 4.99 USD", "liability:customers:1 -4.99 USD");
        here.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(first, Post("credit:1:owed", "expense:goodwill:a 4.99 USD", "liability:customers:1 -4.99 USD"));
        var refused = Assert.Throws<LedgerException>(
            () => Post("credit:1:owed", "expense:goodwill:a 5.00 USD", "liability:customers:1 -5.00 USD"));
        Assert.Contains("Entry 1 was posted as credit:1:owed already", refused.Message);
        Assert.Equal(1, here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM entry")));
        Assert.Equal(
            ["-4.99 USD"], here.Read(db => Journal.Balance(db, "liability:customers:1")).Select(m => m.ToString()));
    }

    [Theory]
    [InlineData("fewer than two", "rounding 1.00 USD")]
    [InlineData("do not add up", "rounding 1.00 USD", "liability:billing -0.99 USD")]
    [InlineData("USD do not add up", "rounding 1.00 USD", "liability:billing -1.00 EUR")]
    [InlineData("a posting of nothing", "rounding 0 USD", "liability:billing 0 USD")]
    [InlineData("'Rounding' is not", "Rounding 1 USD", "liability:billing -1 USD")]
    [InlineData("'expense:-x' is not", "expense:-x 1 USD", "liability:billing -1 USD")]
    [InlineData("'cash:x' is not", "cash:x 1 USD", "liability:billing -1 USD")]
    public void Invalid_entry_is_refused(string why, params string[] postings)
    {
        Assert.Contains(why, Assert.Throws<LedgerException>(() => Post("k", postings)).Message);
        Assert.Equal(0, here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM posting")));
    }

    [Theory]
    [InlineData("UPDATE entry SET memo = 'x'", "append-only")]
    [InlineData("DELETE FROM entry", "append-only")]
    [InlineData("UPDATE posting SET amount_minor = 1", "append-only")]
    [InlineData("DELETE FROM posting", "append-only")]
    [InlineData("INSERT INTO posting VALUES (1, 3, 'rounding', 1, 'USD')", "closed once it is written")]
    [InlineData("INSERT OR REPLACE INTO posting VALUES (1, 1, 'rounding', 1, 'USD')", "closed once it is written")]
    [InlineData("INSERT OR REPLACE INTO entry VALUES (1, 0, 'k', 'other', 1, NULL, NULL, '')", "never replaced")]
    [InlineData(
        "INSERT OR REPLACE INTO entry VALUES (2, 0, 'k', 'credit:1:owed', 1, NULL, NULL, '')", "never replaced")]
    [InlineData("INSERT INTO entry VALUES (2, 0, 'k', 'k', 1, NULL, NULL, '')", "at least two postings")]
    [InlineData("INSERT INTO entry VALUES (3, 0, 'k', 'k', 1, NULL, NULL, '')", "without gaps")]
    [InlineData("INSERT INTO posting VALUES (2, 1, 'rounding', 0, 'USD')", "CHECK")]
    [InlineData("INSERT INTO posting VALUES (2, 1, 'Rounding', 1, 'USD')", "CHECK")]
    [InlineData(
        """
        INSERT INTO posting VALUES (2, 1, 'rounding', 1, 'USD'), (2, 2, 'rounding', -1, 'EUR');
        INSERT INTO entry VALUES (2, 0, 'k', 'k', 1, NULL, NULL, '')
        """,
        "balances in every currency")]
    [InlineData("INSERT INTO posting VALUES (2, 1, 'rounding', 1, 'USD')", "FOREIGN KEY")]
    public void Database_refuses_changes_that_corrupt_the_books(string sql, string why)
    {
        if (sql.Contains("REPLACE", StringComparison.Ordinal)) TestDatabase.SkipUnlessFile();
        Post("credit:1:owed", "expense:goodwill:a 4.99 USD", "liability:customers:1 -4.99 USD");
        var refused = Assert.ThrowsAny<Exception>(() => here.Write(db => db.Execute(sql)));
        Assert.Contains(why, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(here.Read(LedgerCheck.Run).Problems);
    }

    private EntryId Post(string key, params string[] postings) => here.Write(db =>
    {
        var lines = postings.Select(p => new Posting(p.Split(' ', 2)[0], Money.Parse(p.Split(' ', 2)[1]))).ToList();
        var by = Actors.System(db, here.Clock.Now());
        return Journal.Post(db, new Entry("test.post", key, by, "a memo", lines), here.Clock.Now());
    });
}
