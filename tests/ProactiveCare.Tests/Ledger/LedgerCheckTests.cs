using Dapper;
using ProactiveCare.Ledger;

namespace ProactiveCare.Tests.Ledger;

public sealed class LedgerCheckTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public async Task Entries_are_sealed_in_batches_and_verified()
    {
        Books.Fill(here, 1203);
        var sealer = new Sealer(here.Clock);
        Assert.Equal(1000, await sealer.RunOnce(here.Store));
        Assert.Equal(203, await sealer.RunOnce(here.Store));
        Assert.Equal(0, await sealer.RunOnce(here.Store));
        var report = here.Read(LedgerCheck.Run);
        Assert.Empty(report.Problems);
        Assert.Equal((1203, 1203), (report.Entries, report.Sealed));
        Assert.Equal(64, report.Head.Length);
        Assert.Equal(["CLF", "EUR", "JPY", "KWD", "USD"], report.Turnover.Select(m => m.Currency.Code));
    }

    [Fact]
    public async Task Head_of_the_chain_depends_on_every_entry()
    {
        Books.Fill(here, 5);
        using var other = new Installed();
        Books.Fill(other, 5);
        await new Sealer(here.Clock).RunOnce(here.Store);
        Books.Tamper(other, "UPDATE entry SET memo = 'b' WHERE entry_id = 1");
        await new Sealer(other.Clock).RunOnce(other.Store);
        Assert.NotEqual(here.Read(LedgerCheck.Run).Head, other.Read(LedgerCheck.Run).Head);
    }

    [Theory]
    [InlineData(
        "UPDATE entry SET memo = memo || '.' WHERE entry_id = 7",
        "Entry 7 (credit:7:owed) was changed after it was sealed.")]
    [InlineData(
        "UPDATE entry SET actor_id = 99 WHERE entry_id = 7",
        "Entry 7 (credit:7:owed) was changed after it was sealed.")]
    [InlineData(
        "UPDATE posting SET account = 'liability:customers:8' WHERE entry_id = 7 AND line = 2",
        "Entry 7 (credit:7:owed) was changed after it was sealed.")]
    [InlineData(
        "UPDATE posting SET amount_minor = amount_minor + 7 - 2 * line WHERE entry_id = 7 AND line > 2",
        "Entry 7 (credit:7:owed) was changed after it was sealed.")]
    [InlineData(
        "UPDATE posting SET amount_minor = amount_minor + 1 WHERE entry_id = 12 AND line = 3",
        "Entry 12 does not balance in USD: it is off by 1 minor units.")]
    [InlineData("DELETE FROM posting WHERE entry_id = 7; DELETE FROM entry WHERE entry_id = 7", "Entry 7 is missing.")]
    [InlineData(
        "DELETE FROM posting WHERE entry_id > 10; DELETE FROM entry WHERE entry_id > 10",
        "Entries 11 to 12 are missing.")]
    [InlineData("DELETE FROM posting WHERE entry_id = 12", "Entry 12 has fewer than two postings.")]
    [InlineData(
        "INSERT INTO seal SELECT 2, 11, 12, 2, zeroblob(64), zeroblob(32), 0",
        "Seal 2 (entries 11 to 12) was changed, or a seal before it.")]
    [InlineData(
        "UPDATE seal SET digests = zeroblob(length(digests))",
        "Seal 1 (entries 1 to 10) was changed, or a seal before it.")]
    [InlineData("UPDATE seal SET seq = 2", "A seal before seal 2 is missing.")]
    public async Task Altered_entry_is_named(string tampering, string problem)
    {
        Books.Fill(here, 10);
        await new Sealer(here.Clock).RunOnce(here.Store);
        Books.Fill(here, 12);
        Assert.Empty(here.Read(LedgerCheck.Run).Problems);
        here.Write(
            db => db.Execute("INSERT INTO actor (actor_id, kind, name, created_at) VALUES (99, 'gateway', 'x', 0)"));
        Books.Tamper(here, tampering);
        Assert.Equal(problem, here.Read(LedgerCheck.Run).Problems[0]);
    }

    [Fact]
    public async Task Seals_are_append_only()
    {
        Books.Fill(here, 2);
        await new Sealer(here.Clock).RunOnce(here.Store);
        Assert.ThrowsAny<Exception>(() => here.Write(db => db.Execute("DELETE FROM seal")));
        Assert.ThrowsAny<Exception>(() => here.Write(db => db.Execute("UPDATE seal SET hash = zeroblob(32)")));
        Assert.ThrowsAny<Exception>(() => here.Write(db => db.Execute(
            "INSERT INTO seal VALUES (1, 1, 1, 1, zeroblob(32), zeroblob(32), 0)")));
    }
}
