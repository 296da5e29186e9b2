using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;

namespace ProactiveCare.Tests.Ledger;

/// <summary>Entries posted together, and the form of their keys.</summary>
public sealed class JournalBatchTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Entries_of_a_batch_are_all_posted_once_and_in_order()
    {
        Post();
        Assert.Empty(Keys());
        Post("credit:1:owed", "credit:2:owed");
        Post("credit:2:owed", "credit:3:owed");
        Assert.Equal(["1 credit:1:owed", "2 credit:2:owed", "3 credit:3:owed"], Keys());
        Assert.Empty(here.Read(LedgerCheck.Run).Problems);
    }

    [Theory]
    [InlineData("credit:1:owed", null)]
    [InlineData("a-z:0-9", null)]
    [InlineData("Credit:1", "lower-case letters, digits, colons and hyphens")]
    [InlineData("credit 1", "lower-case letters, digits, colons and hyphens")]
    public void Key_has_plain_characters(string key, string? why)
    {
        var fault = Journal.Fault(Entry(default, key, "1.00 USD", "-1.00 USD"));
        if (why is null) Assert.Null(fault);
        else Assert.Contains(why, fault);
    }

    [Fact]
    public void Two_postings_of_the_same_side_do_not_add_up() => Assert.Contains(
        "do not add up", Journal.Fault(Entry(default, "k", "1.00 USD", "1.00 USD")));

    private static Entry Entry(ActorId by, string key, string debit, string credit) => new(
        "test.post", key, by, "a memo",
        [new(Account.Rounding, Money.Parse(debit)), new(Account.Billing, Money.Parse(credit))]);

    private void Post(params string[] keys) => here.Write(db =>
    {
        var by = Actors.System(db, here.Clock.Now());
        Journal.PostAll(db, [.. keys.Select(key => Entry(by, key, "1.00 USD", "-1.00 USD"))], here.Clock.Now());
    });

    private List<string> Keys() => here.Read(db =>
        db.Query<string>("SELECT entry_id || ' ' || key FROM entry ORDER BY entry_id").ToList());
}
