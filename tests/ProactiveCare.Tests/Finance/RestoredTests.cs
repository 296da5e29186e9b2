using Dapper;
using ProactiveCare.Finance;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Ledger;
using ProactiveCare.Tests.Payments;
using ProactiveCare.Tests.Telemetry;

namespace ProactiveCare.Tests.Finance;

/// <summary>A database that other tools have set back, on both databases.</summary>
public sealed class RestoredTests : IDisposable
{
    // What a backup of before the first credit does not have.
    private const string SetBack =
        """
        DELETE FROM payment; DELETE FROM payment_batch; DELETE FROM credit; DELETE FROM posting; DELETE FROM entry;
        UPDATE purchase SET pending_minor = 0, refunded_minor = 0;
        """;

    private readonly Paying paying = new();
    private readonly Settlement settlement;
    private readonly RestoreOperations restores;

    public RestoredTests()
    {
        settlement = paying.Settlement(paying.RefundFiles());
        restores = new RestoreOperations(
            paying.Here.Store, settlement, new MailFolder(paying.Here.Folder.Inside("outbox")),
            new NoticeSettings
            {
                From = EmailAddress.Parse("care@example.com"),
                ReplyTo = EmailAddress.Parse("people@example.com"),
                Company = "Example",
                Domain = "example.com",
            },
            (paying.Here.Clock, new Random(1)));
    }

    public void Dispose() => paying.Dispose();

    [Theory]
    [InlineData("out")]
    [InlineData("archive")]
    [InlineData("in")]
    public async Task Database_that_was_set_back_takes_on_what_had_left_and_uses_no_key_again(string evidence)
    {
        paying.Create(paying.Refund("4.99"));
        await paying.Settle();
        var key = paying.Here.One<string>("SELECT key FROM payment");
        Assert.Null(restores.Newer());
        Books.Tamper(paying.Here, TestDatabase.Server is null ? SetBack : SetBack + "DELETE FROM entry_issued;");
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-1,");
        if (evidence != "archive") Directory.Delete(paying.Inside("archive"), recursive: true);
        if (evidence != "out") Directory.Delete(paying.Inside("out"), recursive: true);
        Assert.Contains("is newer than the database", restores.Newer());

        var report = await restores.Begin(Admin());

        Assert.Null(restores.Newer());
        Assert.Equal(("r1", evidence == "in" ? 0 : 1), (report.Epoch, report.PaymentsFound));
        var again = paying.Create(paying.Refund("4.99"));
        var other = paying.Create(paying.Refund("3.00", 2));
        await paying.Settle();
        await paying.Settle();
        Assert.Equal(evidence == "in" ? CreditState.Settling : CreditState.Settled, paying.Get(again).State);
        Assert.Equal(CreditState.Settling, paying.Get(other).State);
        var file = File.ReadAllText(paying.Inside("out", "refunds-r1-000001.csv"));
        Assert.Contains(",p2,", file);
        Assert.Equal(evidence == "in", file.Contains(",p1,", StringComparison.Ordinal));
        Assert.DoesNotContain(key, file);
        Assert.Empty(paying.Problems());
    }

    private ProactiveCare.Audit.Actor Admin() => paying.Write(db => ProactiveCare.Audit.Actors.Get(
        db, ProactiveCare.Audit.Actors.AddUser(db, default, "root", "root", null, "admin", paying.Now)));
}
