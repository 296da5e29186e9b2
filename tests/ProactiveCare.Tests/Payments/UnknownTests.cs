using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Ledger;
using ProactiveCare.Outcomes;
using ProactiveCare.Payments;
using ProactiveCare.Worker;

namespace ProactiveCare.Tests.Payments;

/// <summary>Credits whose gateway gave neither an acceptance nor a refusal.</summary>
public sealed class UnknownTests : IDisposable
{
    private readonly Paying paying = new();
    private readonly ScriptedGateway gateway = new();
    private readonly Settlement settlement;

    public UnknownTests() => settlement = paying.Settlement(gateway);

    public void Dispose() => paying.Dispose();

    [Fact]
    public async Task Lost_reply_makes_a_batch_unknown_and_it_is_not_resent()
    {
        var (first, second) = (paying.Create(paying.Refund("4.99")), paying.Create(paying.Refund("1.00", 2)));
        gateway.Sends = _ => throw new TimeoutException("no reply within 30 s");

        var report = await Step();

        Assert.Contains("no reply within 30 s", Assert.Single(report.Troubles));
        Assert.All([first, second], id => Assert.Equal(CreditState.Unknown, paying.Get(id).State));
        Assert.Equal(2, paying.Here.Read(db => Credits.List(db, CreditState.Unknown)).Count);
        var backlog = paying.Here.Read(db => Backlog.Of(db, new JobBook(new JobLoader(ScheduleWords.CronError))));
        Assert.Equal(new OpenMoney("unknown", Paying.Usd("5.99").Currency, 599), Assert.Single(backlog.Money));
        Assert.Equal([Paying.Usd("-4.99")], Balance("liability:customers:1"));
        await Step();
        paying.Here.Reopen();
        await Step();
        Assert.Single(gateway.Sent);
        Assert.Equal((0L, 499L), paying.Purchase(1));
        Assert.Empty(paying.Notes());
        Assert.Empty(paying.Problems());
    }

    [Theory]
    [InlineData(true, "settled")]
    [InlineData(false, "failed")]
    public async Task Look_up_ends_an_unknown_payment(bool paid, string state)
    {
        var id = await Unknown();
        gateway.LooksUp = payment => new PaymentAnswer(0, payment.CreditId, paid, "G-1", paid ? null : "never arrived");

        Assert.Equal((0, paid ? 1 : 0, paid ? 0 : 1), Counts(await Step()));

        Assert.Equal(CreditState.Parse(state), paying.Get(id).State);
        Assert.Equal(gateway.Sent[0].Payments[0].Key, gateway.LookedUp[^1].Key);
        Assert.Equal((0, 0, 0), Counts(await Step()));
        Assert.Single(paying.Notes());
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Unknown_payment_waits_while_the_gateway_does_not_know_it()
    {
        var id = await Unknown();
        for (var i = 0; i < 3; i++) Assert.Equal((0, 0, 0), Counts(await Step()));
        Assert.Equal(CreditState.Unknown, paying.Get(id).State);
        Assert.Equal(4, gateway.LookedUp.Count);
    }

    [Fact]
    public async Task Andon_does_not_stop_the_answer_to_what_was_sent()
    {
        var id = await Unknown();
        paying.Write(db => db.Execute(
            "INSERT INTO job_stop (job_id, kind, reason, actor_id, at) VALUES (@Job, 'andon', 'wrong', @by, 0)",
            new { Paying.Job, by = paying.Ann.Id }));
        var held = paying.Create(paying.Refund("1.00", 2));
        gateway.LooksUp = payment => new PaymentAnswer(0, payment.CreditId, true, "G-1", null);

        Assert.Equal((0, 1, 0), Counts(await Step()));

        Assert.Equal((CreditState.Settled, CreditState.Approved), (paying.Get(id).State, paying.Get(held).State));
    }

    [Theory]
    [InlineData(true, "settled", 499, 0)]
    [InlineData(false, "failed", 0, 499)]
    public async Task Person_ends_an_unknown_payment_once(bool paid, string state, long refunded, long pending)
    {
        var id = await Unknown();
        Assert.Contains("Say why", Refused(() => Resolve(id, paying.Ann, paid, " ")));
        Assert.Contains("finance role", Refused(() => Resolve(id, paying.Olga, paid)));
        Assert.Contains("nobody knows", Refused(() => paying.Write(
            db => paying.AskToUndo(db, id, Paying.By(paying.Ann), "wrong"))));

        Resolve(id, paying.Ann, paid);

        Assert.Equal(CreditState.Parse(state), paying.Get(id).State);
        Assert.Equal((refunded, pending), paying.Purchase(1));
        Assert.Contains(
            paying.Here.Read(db => AuditLog.Of(db, $"credit:{id}")), line =>
                line is { Actor: "ann", Action: "credit.resolve" });
        Assert.Contains("can be resolved", Refused(() => Resolve(id, paying.Bob, paid)));
        gateway.LooksUp = payment => new PaymentAnswer(0, payment.CreditId, !paid, "G-1", null);
        Assert.Equal((0, 0, 0), Counts(await Step()));
        Assert.Single(paying.Notes());
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Batch_that_was_certainly_not_sent_is_resent_unchanged()
    {
        var id = paying.Create(paying.Refund("4.99"));
        gateway.Sends = _ => new BatchResult(BatchStatus.NotSent, "closed for lunch");
        Assert.Contains("closed for lunch", (await Step()).Troubles);
        gateway.Sends = _ => throw new IOException("the disk is full");
        Assert.Contains("cannot work: the disk is full", Assert.Single((await Step()).Troubles));
        Assert.Equal(CreditState.Settling, paying.Get(id).State);
        paying.Here.Reopen();
        gateway.Sends = batch => new BatchResult(BatchStatus.Taken)
        {
            Answers = [new PaymentAnswer(0, batch.Payments[0].CreditId, true, "G-1", null)],
        };

        Assert.Equal((0, 1, 0), Counts(await Step()));

        Assert.Equal(3, gateway.Sent.Count);
        Assert.All(gateway.Sent, batch => Assert.Equal(gateway.Sent[0].Payments, batch.Payments));
        Assert.Equal("G-1", paying.Get(id).Reference);
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Node_that_lost_the_reply_changes_nothing_of_a_batch_that_another_node_has_sent()
    {
        var id = paying.Create(paying.Refund("4.99"));
        gateway.Sends = batch =>
        {
            paying.Write(db => PaymentBatches.MarkSent(db, batch.Number, paying.Now));
            throw new TimeoutException("no reply");
        };
        await Step();
        Assert.Equal(CreditState.Settling, paying.Get(id).State);
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("approved")]
    [InlineData("settling")]
    [InlineData("rejected")]
    [InlineData("reversed")]
    public async Task Database_refuses_any_other_end_of_an_unknown_credit(string to)
    {
        var id = await Unknown();
        var refused = Assert.ThrowsAny<Exception>(() => paying.Write(db => db.Execute(
            """
            UPDATE credit SET state = @to, hold_reason = CASE WHEN @to = 'pending' THEN 'budget' END
            WHERE credit_id = @id
            """,
            new { to, id })));
        Assert.Contains("does not go that way", refused.Message);
    }

    private static (int Sent, int Settled, int Failed) Counts(SettlementReport report) =>
        (report.Sent, report.Settled, report.Failed);

    private static string Refused(Action action) => Assert.Throws<PaymentException>(action).Message;

    private async Task<CreditId> Unknown()
    {
        var id = paying.Create(paying.Refund("4.99"));
        gateway.Sends = _ => throw new TimeoutException("no reply");
        Assert.Single((await Step()).Troubles);
        return id;
    }

    private Task<SettlementReport> Step() => settlement.RunOnce(paying.Here.Store);

    private void Resolve(CreditId id, Actor by, bool paid, string how = "the statement has it") =>
        paying.Write(db => settlement.Resolve(db, id, Paying.By(by), paid, how));

    private IReadOnlyList<Money> Balance(string account) => paying.Here.Read(db => Journal.Balance(db, account));

    /// <summary>A gateway that a test scripts.</summary>
    private sealed class ScriptedGateway : IPaymentGateway
    {
        public List<PaymentBatch> Sent { get; } = [];

        public List<Payment> LookedUp { get; } = [];

        public Func<PaymentBatch, BatchResult> Sends { get; set; } = _ => new BatchResult(BatchStatus.Taken);

        public Func<Payment, PaymentAnswer?> LooksUp { get; set; } = _ => null;

        public string Name => CreditKind.Refund.Gateway;

        public string Account => ProactiveCare.Ledger.Account.Gateway(Name);

        public int MostPerBatch => 100;

        public bool PaysByPosting => false;

        public string NameOf(long batch) => $"batch {batch}";

        public BatchResult Send(PaymentBatch batch)
        {
            Sent.Add(batch);
            return Sends(batch);
        }

        public PaymentAnswer? LookUp(Payment payment)
        {
            LookedUp.Add(payment);
            return LooksUp(payment);
        }

        public IEnumerable<AnswerDocument> ReadAnswers(IReadOnlyCollection<long> open, Action<string> troubled) => [];
    }
}
