using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Payments;

/// <summary>Credits that were a mistake are undone by two people, and refused refunds get another end.</summary>
public sealed class CreditUndoTests : IDisposable
{
    private const string Why = "given twice";

    private readonly Paying paying = new();

    public void Dispose() => paying.Dispose();

    // How a credit ends, by its kind and state; what its budget of the day, its cost, what is written off, and what
    // billing and the customer are owed come to.
    public static TheoryData<string, string, string, int, int, int, int> Ends => new()
    {
        { "refund", "approved", "reversed", 0, 0, 0, 0 },
        { "refund", "failed", "reversed", 0, 0, 0, 0 },
        { "refund", "settled", "written-off", 499, 0, 499, 0 },
        { "account-credit", "approved", "reversed", 0, 0, 0, 0 },
        { "account-credit", "settled", "debited", 0, 0, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task One_asks_and_another_confirms(
        string kind, string state, string end, int reserved, int cost, int writtenOff, int billing)
    {
        paying.Debits = new DebitRules(true, Duration.FromDays(30));
        var id = await In(kind, state);
        Ask(id, paying.Ann);
        Assert.Equal(state, paying.Get(id).State.Text);
        Assert.Contains("ann has asked to undo", Refused(() => Confirm(id, paying.Ann)));

        Confirm(id, paying.Bob);

        Assert.Equal((end, Why), (paying.Get(id).State.Text, paying.Get(id).Reason));
        Assert.Equal(
            (reserved, cost, writtenOff, billing, 0),
            (Reserved(), Balance("expense:goodwill:slow-video-stream"),
                Balance("expense:written-off:slow-video-stream"), Balance(Account.Billing),
                Balance("liability:customers:1")));
        Assert.Equal((end == "written-off" ? 499L : 0L, 0L), paying.Purchase(1));
        Assert.EndsWith($"{id} {end}: {Why}", paying.Notes()[^1], StringComparison.Ordinal);
        Assert.Contains(
            Why, paying.Here.Read(
                db => db.QueryFirst<string>("SELECT memo FROM entry ORDER BY entry_id DESC LIMIT 1")));
        Assert.Equal(
            ["ann credit.undo-ask", "bob credit.undo"],
            paying.Here.Read(db => AuditLog.Of(db, $"credit:{id}")).Select(line => $"{line.Actor} {line.Action}")
                .Where(line => line.Contains("undo", StringComparison.Ordinal)));
        Assert.Contains("there is nothing to undo", Refused(() => Ask(id, paying.Ann)));
        Assert.Contains("Nobody has asked", Refused(() => Confirm(id, paying.Bob)));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Person_with_two_names_maker_and_people_without_the_role_are_refused()
    {
        var id = await In("refund", "settled");
        Assert.Contains("finance role", Refused(() => Ask(id, paying.Olga)));
        Assert.Contains(
            "wrote or accepted the job",
            Refused(() => paying.Write(db => paying.AskToUndo(db, id, Paying.By(paying.Ann, paying.Ann.Id), Why))));
        Assert.Contains("Say why", Refused(() => paying.Write(
            db => paying.AskToUndo(db, id, Paying.By(paying.Ann), " "))));
        var (one, other) = paying.Write(db => (
            Actors.Get(db, Actors.AddUser(db, default, "eve", "eve", "Eve@example.com", Role.Finance, paying.Now)),
            Actors.Get(db, Actors.AddUser(db, default, "eve2", "eve2", "eve@EXAMPLE.com", Role.Finance, paying.Now))));
        Ask(id, one);
        Assert.Contains("eve asked on", Refused(() => Ask(id, paying.Ann)));
        Assert.Contains("somebody else", Refused(() => Confirm(id, other)));
        Assert.Contains("finance role", Refused(() => Confirm(id, paying.Olga)));
        Assert.Contains(
            "wrote or accepted the job",
            Refused(() => paying.Write(db => paying.ConfirmUndo(db, id, Paying.By(paying.Ann, paying.Ann.Id)))));
        Assert.Equal(CreditState.Settled, paying.Get(id).State);
        Assert.ThrowsAny<Exception>(() => paying.Write(db => db.Execute(
            "UPDATE credit_undo SET outcome = 'confirmed', ended_by = requested_by, ended_at = 0")));
    }

    [Fact]
    public async Task Credit_is_not_paid_while_somebody_asks_to_undo_it_and_is_once_that_is_declined()
    {
        var (refund, credit) = (paying.Create(paying.Refund("4.99")), paying.Create(paying.AccountCredit("1.00")));
        Ask(refund, paying.Ann);
        Ask(credit, paying.Ann);
        foreach (var posted in (bool[])[true, false])
            await paying.Settlement(paying.RefundFiles(), paying.AccountCredits(posted)).RunOnce(paying.Here.Store);
        Assert.Equal(
            (CreditState.Approved, CreditState.Approved), (paying.Get(refund).State, paying.Get(credit).State));
        Assert.Contains("Say why", Refused(() => Decline(refund, " ")));
        Decline(refund, "it was right");
        Decline(credit, "it was right");
        await Step();
        Assert.Equal((CreditState.Settling, CreditState.Settled), (paying.Get(refund).State, paying.Get(credit).State));
        Assert.Contains("on its way", Refused(() => Ask(refund, paying.Ann)));
        Assert.Contains("its gateway has answered", Refused(() => Ask(refund, paying.Ann)));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Paid_account_credit_is_taken_back_only_where_the_company_allows_it_and_within_its_time()
    {
        var id = await In("account-credit", "settled");
        Assert.Contains("takes no credit back", Refused(() => Ask(id, paying.Ann)));
        paying.Debits = new DebitRules(true, Duration.FromDays(30));
        Ask(id, paying.Ann);
        paying.Here.Clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));
        Assert.Contains("within 30 days", Refused(() => Confirm(id, paying.Bob)));
        Assert.Equal(CreditState.Settled, paying.Get(id).State);
        Assert.Equal(-499, Balance(Account.Billing));
        Assert.Empty(paying.Problems());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Debit_reaches_billing_in_a_file_like_the_credit_and_is_told_once_billing_has_taken_it(bool takes)
    {
        paying.Debits = new DebitRules(false, Duration.FromDays(30));
        var id = paying.Create(paying.AccountCredit("4.99"));
        var settlement = paying.Settlement(paying.AccountCredits(posted: false), paying.RefundFiles());
        await settlement.RunOnce(paying.Here.Store);
        Assert.Empty(paying.Notes());
        var store = paying.Here.Store.Installation.StoreId;
        Assert.Equal(
            "credit_id,kind,amount,currency,customer_number,idempotency_key,customer_id\n"
            + $"1,credit,4.99,USD,1,{store}-1-1,c1\n",
            File.ReadAllText(paying.Inside("out", "credits-000001.csv")));
        paying.Answer("credits-000001.ack.csv", "1,accepted,K-1,");
        await settlement.RunOnce(paying.Here.Store);
        Assert.Equal(["1 settled 4.99 USD"], paying.Notes());

        Ask(id, paying.Ann);
        Confirm(id, paying.Bob);
        for (var i = 0; i < 2; i++) await settlement.RunOnce(paying.Here.Store);
        Assert.Equal(CreditState.Debiting, paying.Get(id).State);
        Assert.EndsWith(
            $"1,debit,4.99,USD,1,{store}-1-2,c1\n", File.ReadAllText(paying.Inside("out", "credits-000002.csv")),
            StringComparison.Ordinal);
        Assert.False(File.Exists(paying.Inside("out", "credits-000003.csv")));
        Assert.True(Assert.Single(paying.Here.Read(HandedOver.List)).IsDebit);
        Assert.Single(paying.Notes());
        Assert.Empty(paying.Problems());
        paying.Here.Reopen();

        paying.Answer("credits-000002.ack.csv", takes ? "1,accepted,K-2," : "1,refused,,the account is closed");
        for (var i = 0; i < 2; i++) await settlement.RunOnce(paying.Here.Store);
        Assert.Equal(
            takes ? (CreditState.Debited, Why)
                : (CreditState.Settled, "billing did not take it back: the account is closed"),
            (paying.Get(id).State, paying.Get(id).Reason));
        Assert.Equal(takes ? 0 : -499, Balance(Account.Billing));
        Assert.Equal(takes ? 2 : 1, paying.Notes().Count);
        Assert.Empty(paying.Problems());
        if (takes) return;

        // It can be asked for again, with a new key.
        Ask(id, paying.Bob);
        Confirm(id, paying.Ann);
        await settlement.RunOnce(paying.Here.Store);
        Assert.Contains($"{store}-1-3", File.ReadAllText(paying.Inside("out", "credits-000003.csv")));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Files_that_are_out_are_answered_after_billing_begins_to_read_the_ledger()
    {
        var id = paying.Create(paying.AccountCredit("4.99"));
        await paying.Settlement(paying.AccountCredits(posted: false)).RunOnce(paying.Here.Store);
        var next = paying.Create(paying.AccountCredit("1.00", 2));
        paying.Answer("credits-000001.ack.csv", "1,accepted,K-1,");
        await paying.Settlement(paying.AccountCredits(posted: true)).RunOnce(paying.Here.Store);
        Assert.Equal((CreditState.Settled, CreditState.Settled), (paying.Get(id).State, paying.Get(next).State));
        Assert.Equal(-599, Balance(Account.Billing));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Refused_refund_becomes_an_account_credit_once()
    {
        var id = await In("refund", "failed");
        Assert.Contains("finance role", Refused(() => Convert(id, paying.Olga)));
        var made = Convert(id, paying.Ann);
        Assert.Contains("only a failed refund", Refused(() => Convert(id, paying.Bob)));
        Assert.Equal(
            (CreditState.Reversed, $"turned into account credit {made}"),
            (paying.Get(id).State, paying.Get(id).Reason));
        Assert.Equal((0L, 0L), paying.Purchase(1));
        Assert.Equal(499, Reserved());
        Assert.Equal(-499, Balance("liability:customers:1"));
        Assert.Empty(paying.Problems());
        await Step();
        Assert.Equal(CreditState.Settled, paying.Get(made).State);
        Assert.Equal(
            (499, -499, 0),
            (Balance("expense:goodwill:slow-video-stream"), Balance(Account.Billing),
                Balance("liability:customers:1")));
        Assert.Equal($"{made} settled 4.99 USD", paying.Notes()[^1]);
        // Billing changes its mind too late.
        paying.Answer("refunds-000001.ack.csv", $"{id},accepted,B-1,");
        Assert.Contains("1 problem", Assert.Single((await Step()).Troubles));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Refused_refund_that_somebody_asks_to_undo_is_neither_retried_nor_converted()
    {
        var id = await In("refund", "failed");
        Ask(id, paying.Ann);
        Assert.Contains("ann asked on", Refused(() => Convert(id, paying.Bob)));
        Assert.Contains("ann asked on", Refused(
            () => paying.Write(db => Approvals.Retry(db, id, paying.Bob, paying.Now))));
    }

    [Fact]
    public async Task Two_nodes_undo_a_credit_once()
    {
        TestDatabase.SkipUnlessServer();
        var elsewhere = new DataFolder(paying.Here.Folder.Path + "-b") { Server = paying.Here.Folder.Server };
        using var other = Store.Open(elsewhere, paying.Here.Clock);
        paying.Debits = new DebitRules(true, Duration.FromDays(30));
        for (var round = 0; round < 8; round++)
        {
            var id = await In("account-credit", round % 2 == 0 ? "settled" : "approved");
            Ask(id, paying.Ann);
            var ended = await Task.WhenAll(new[] { paying.Here.Store, other }.Select(store => Task.Run(async () =>
            {
                try
                {
                    await store.Write(db => paying.ConfirmUndo(db, id, Paying.By(paying.Bob)));
                    return 1;
                }
                catch (PaymentException)
                {
                    return 0;
                }
            })));
            Assert.Equal(1, ended.Sum());
        }
        Assert.Equal(0, Balance("expense:goodwill:slow-video-stream"));
        Assert.Empty(paying.Problems());
    }

    private static string Refused(Action action) => Assert.Throws<PaymentException>(action).Message;

    private async Task<CreditId> In(string kind, string state)
    {
        var id = paying.Write(db =>
        {
            var credit = kind == "refund" ? paying.Refund("4.99") : paying.AccountCredit("4.99");
            var key = new BudgetKey(Paying.Job, "live", "2026-03-14");
            Assert.True(Budgets.TryReserve(db, key, credit.Amount, Paying.Usd("100")));
            return Credits.Create(db, credit with { BudgetPeriod = key.Period }, paying.Now);
        });
        if (state == "approved") return id;
        await Step();
        if (kind == "refund")
        {
            var answer = state == "settled" ? "accepted,B-1," : "refused,,card closed";
            paying.Answer($"refunds-{paying.Get(id).Batch:000000}.ack.csv", $"{id},{answer}");
            await Step();
        }
        Assert.Equal(state, paying.Get(id).State.Text);
        return id;
    }

    private Task<SettlementReport> Step() =>
        paying.Settlement(paying.RefundFiles(), paying.AccountCredits()).RunOnce(paying.Here.Store);

    private void Ask(CreditId id, Actor by) => paying.Write(db => paying.AskToUndo(db, id, Paying.By(by), Why));

    private void Confirm(CreditId id, Actor by) => paying.Write(db => paying.ConfirmUndo(db, id, Paying.By(by)));

    private void Decline(CreditId id, string reason) =>
        paying.Write(db => CreditUndo.Decline(db, id, Paying.By(paying.Ann), reason, paying.Now));

    private CreditId Convert(CreditId id, Actor by) =>
        paying.Write(db => Approvals.Convert(db, id, Paying.By(by), paying.Now));

    private int Balance(string account) =>
        (int)paying.Here.Read(db => Journal.Balance(db, account)).Sum(sum => sum.Minor);

    private int Reserved() => paying.Here.Read(db => db.ExecuteScalar<int>(
        "SELECT COALESCE(SUM(reserved_minor), 0) FROM budget WHERE mode = 'live'"));
}
