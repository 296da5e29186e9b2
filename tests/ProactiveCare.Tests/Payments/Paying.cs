using System.Data.Common;
using System.Text;
using System.Text.Json;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Payments;

/// <summary>An installation with three customers, a purchase of 20.00 USD each, a job and people of finance.</summary>
internal sealed class Paying : IDisposable
{
    public static readonly JobId Job = new("slow-video-stream");

    private int cases;

    public Paying()
    {
        Write(db =>
        {
            Maker = Actors.Job(db, Job, new JobVersion("v1"), Now);
            Ann = User(db, "ann", Role.Finance);
            Bob = User(db, "bob", Role.Finance);
            Olga = User(db, "olga", Role.Operator);
            for (var i = 1; i <= 3; i++)
            {
                db.Execute(
                    """
                    INSERT INTO customer (customer_id, status, content_hash, received_at)
                    VALUES ('c' || @i, 'active', zeroblob(1), 0);
                    INSERT INTO purchase (purchase_id, customer_id, kind, title, amount_minor, currency, purchased_at,
                      payment_ref, content_hash, received_at)
                    VALUES ('p' || @i, 'c' || @i, 'rental', 'A film', 2000, 'USD', 0, '=pay,"' || @i, zeroblob(1), 0)
                    """,
                    new { i });
            }
        });
    }

    public Installed Here { get; } = new();

    public ActorId Maker { get; private set; }

    public Actor Ann { get; private set; } = null!;

    public Actor Bob { get; private set; } = null!;

    public Actor Olga { get; private set; } = null!;

    public SettlementEvents Events => new(
        (db, credit) => Note(db, $"{credit.Id} settled {credit.Amount}"),
        (db, credit) => Note(db, $"{credit.Id} failed: {credit.Reason}"),
        (db, credit) => Note(db, $"{credit.Id} {credit.State}: {credit.Reason}"));

    public Instant Now => Here.Clock.Now();

    public static Money Usd(string amount) => Money.Parse(amount, Currency.Of("USD"));

    public static Decider By(Actor actor, params ActorId[] makers) => new(actor, makers);

    public NewCredit Refund(string amount, int customer = 1) => new(
        new CaseId(++cases), 1, Job, new CustomerId($"c{customer}"), Entitlement.Goodwill, Family.Compensation,
        CreditKind.Refund,
        new PurchaseId($"p{customer}"), Usd(amount), Maker);

    public NewCredit AccountCredit(string amount, int customer = 1) =>
        Refund(amount, customer) with { Kind = CreditKind.AccountCredit, PurchaseId = null };

    public CreditId Create(NewCredit credit) => Write(db => Credits.Create(db, credit, Now));

    public Credit Get(CreditId id) => Here.Read(db => Credits.Get(db, id));

    public T Write<T>(Func<DbConnection, T> work) => Here.Write(work);

    public void Write(Action<DbConnection> work) => Here.Write(work);

    public IReadOnlyList<string> Problems() => Here.Read(BooksCheck.Run).Problems;

    public (long Refunded, long Pending) Purchase(int customer) => Here.Read(db => db.QuerySingle<(long, long)>(
        "SELECT refunded_minor, pending_minor FROM purchase WHERE purchase_id = 'p' || @customer", new { customer }));

    public BillingFileGateway RefundFiles(int maxLines = 10_000) =>
        new(BillingFiles.Refunds, Inside(), Here.Clock, maxLines);

    public BillingFileGateway AccountCredits(bool posted = true) =>
        new(BillingFiles.AccountCredits, Inside(), Here.Clock) { PaysByPosting = posted };

    public Settlement Settlement(params IPaymentGateway[] gateways) => new(gateways, Events, Here.Clock);

    public void AskToUndo(DbConnection db, CreditId id, Decider by, string reason) =>
        CreditUndo.Request(db, id, by, reason, Debits, Now);

    public void ConfirmUndo(DbConnection db, CreditId id, Decider by) =>
        CreditUndo.Confirm(db, id, by, Debits, Events, Now);

    /// <summary>The rules for taking paid account credits back.</summary>
    public DebitRules Debits { get; set; } = new(true, null);

    public string Inside(params string[] parts) => Here.Folder.Inside(["refunds", .. parts]);

    public void Answer(string name, params string[] lines)
    {
        Directory.CreateDirectory(Inside("in"));
        File.WriteAllLines(Inside("in", name), ["credit_id,status,reference,reason", .. lines]);
    }

    /// <summary>A credit of the first customer with a reservation in the budget of the day, in a state.</summary>
    public async Task<CreditId> InState(string state, string amount, string period)
    {
        var credit = Refund(amount) with { BudgetPeriod = period };
        var id = Write(db =>
        {
            Assert.True(Budgets.TryReserve(db, new BudgetKey(Job, Mode.Live, period), credit.Amount, Usd("100.00")));
            return Credits.Create(
                db, state is "pending" or "rejected" ? credit with { HoldReason = HoldReason.Approval } : credit, Now);
        });
        if (state == "rejected") Write(db => Approvals.Reject(db, id, By(Ann), "no", Now));
        if (state == "reversed")
        {
            Write(db => AskToUndo(db, id, By(Ann), "no"));
            Write(db => ConfirmUndo(db, id, By(Bob)));
        }
        if (state is not ("settling" or "settled" or "failed")) return id;
        await Settle();
        if (state == "settling") return id;
        Answer("refunds-000001.ack.csv", state == "settled" ? $"{id},accepted,B-77," : $"{id},refused,,closed");
        await Settle();
        return id;
    }

    public Task<SettlementReport> Settle() => Settlement(RefundFiles()).RunOnce(Here.Store);

    /// <summary>Imports a refund that somebody else gave.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="amount">The amount.</param>
    /// <param name="by">The columns by, status and reference.</param>
    /// <param name="purchase">The purchase.</param>
    /// <param name="currency">The currency.</param>
    /// <returns>The outcome, or why it was set aside.</returns>
    public string Elsewhere(
        string id, string amount, string by = "agent", string purchase = "p1", string currency = "USD")
    {
        var columns = by.Split(',');
        var text = "refund_id,purchase_id,customer_id,amount,currency,refunded_at,by,status,reference\n"
            + $"{id},{purchase},c1,{amount},{currency},2026-03-14T11:00:00Z,{columns[0]},"
            + $"{columns.ElementAtOrDefault(1)},{columns.ElementAtOrDefault(2)}\n";
        var result = Imports().Run(
            Olga, "refunds", "refunds.csv", "import", new MemoryStream(Encoding.UTF8.GetBytes(text)), default)
            .GetAwaiter().GetResult();
        return result.Quarantined == 1 ? result.FirstQuarantined[0].Reason
            : result.Stored == 1 ? "stored" : result.Revised == 1 ? "revised" : "duplicate";
    }

    public ImportOperations Imports(Store? store = null) => new(
        store ?? Here.Store, (db, refund, by) => MoneyElsewhere.Receive(db, refund, by, Now), Here.Clock);

    public long Twice() => Here.Read(db => db.ExecuteScalar<long>("SELECT COALESCE(SUM(twice_minor), 0) FROM refund"));

    public long GivenElsewhere() =>
        Here.Read(db => db.ExecuteScalar<long>("SELECT SUM(elsewhere_minor) FROM purchase"));

    public long Reserved(string period) => Here.Read(db => db.ExecuteScalar<long>(
        "SELECT SUM(reserved_minor) FROM budget WHERE period = @period", new { period }));

    public void Dispose() => Here.Dispose();

    /// <summary>The committed work of the callbacks: one audit event each.</summary>
    public List<string> Notes() =>
    [
        .. Here.Read(db => db.Query<string>("SELECT detail FROM audit WHERE action = 'test.note' ORDER BY audit_id"))
            .Select(detail => JsonDocument.Parse(detail).RootElement.GetProperty("note").GetString()!),
    ];

    private void Note(DbConnection db, string note) =>
        AuditLog.Append(db, new AuditEvent(Maker, "test.note", "test", new { note }), Now);

    private Actor User(DbConnection db, string name, string role) =>
        Actors.Get(db, Actors.AddUser(db, default, name, name, null, role, Now));
}
