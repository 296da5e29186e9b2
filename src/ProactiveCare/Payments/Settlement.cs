using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>
/// What follows when a gateway has answered; both run in the transaction of the answer, so they happen exactly once.
/// </summary>
/// <param name="Settled">The money is on its way for good: the customer can be told.</param>
/// <param name="Failed">The gateway refused; the credit stays owed until finance retries or reverses it.</param>
public sealed record SettlementEvents(Action<DbConnection, Credit> Settled, Action<DbConnection, Credit> Failed);

/// <summary>What a step of settlement came to.</summary>
/// <param name="Sent">Credits handed to a gateway that answers later.</param>
/// <param name="Settled">Credits paid.</param>
/// <param name="Failed">Credits refused.</param>
/// <param name="Troubles">What a person should look at, in their words; it did not stop the rest.</param>
public sealed record SettlementReport(int Sent, int Settled, int Failed, IReadOnlyList<string> Troubles)
{
    /// <summary>Nothing happened.</summary>
    public static readonly SettlementReport Nothing = new(0, 0, 0, []);

    /// <summary>Two steps as one.</summary>
    public static SettlementReport operator +(SettlementReport a, SettlementReport b) =>
        new(a.Sent + b.Sent, a.Settled + b.Settled, a.Failed + b.Failed, [.. a.Troubles, .. b.Troubles]);

    internal static SettlementReport Trouble(string what) => new(0, 0, 0, [what]);
}

/// <summary>
/// Pays credits of one kind. A step can be stopped at any instruction and done again; nothing is paid twice.
/// </summary>
public interface IPaymentGateway
{
    /// <summary>The name in the books: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>Hands over what is approved and takes in what was answered.</summary>
    Task<SettlementReport> RunOnce(Store store, SettlementEvents events);
}

/// <summary>Lets every gateway pay what is due.</summary>
public sealed class Settlement(IReadOnlyList<IPaymentGateway> gateways, SettlementEvents events)
{
    /// <summary>One step of every gateway; a gateway in trouble does not stop the others.</summary>
    public async Task<SettlementReport> RunOnce(Store store)
    {
        var report = SettlementReport.Nothing;
        foreach (var gateway in gateways)
        {
            try
            {
                report += await gateway.RunOnce(store, events);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                report += SettlementReport.Trouble($"The payment gateway {gateway.Name} cannot work: {e.Message}");
            }
        }
        return report;
    }

    /// <summary>
    /// The gateway has paid. False when the credit is not in the state that it would be paid from: then nothing
    /// changes.
    /// </summary>
    internal static bool Settle(DbConnection db, Answer answer, string from, string account, SettlementEvents events)
    {
        var changed = db.Run(
            $"""
            UPDATE credit SET state = 'settled', settled_at = ?2, gateway = ?3, reference = ?4
            WHERE credit_id = ?1 AND state = ?5 AND (state = 'settling' OR {PaymentStops.Flows})
            """,
            answer.Id, answer.Now, answer.Gateway, answer.Text, from);
        if (changed == 0) return false;
        var credit = Credits.Get(db, answer.Id);
        if (credit.PurchaseId is { } purchase) PurchaseRefunds.Keep(db, purchase, credit.Amount);
        Bookings.Pay(db, credit, Actors.Gateway(db, answer.Gateway, answer.Now), account, answer.Now);
        events.Settled(db, credit);
        return true;
    }

    /// <summary>The gateway has refused. The books do not change: it is still owed.</summary>
    internal static bool Fail(DbConnection db, Answer answer, SettlementEvents events)
    {
        var changed = db.Execute(
            "UPDATE credit SET state = 'failed', reason = @Text WHERE credit_id = @Id AND state = 'settling'",
            new { answer.Text, answer.Id });
        if (changed == 0) return false;
        var credit = Credits.Get(db, answer.Id);
        var by = Actors.Gateway(db, answer.Gateway, answer.Now);
        AuditLog.Append(
            db, new AuditEvent(by, "credit.fail", $"credit:{credit.Id}", new { credit.Reason, credit.Batch }),
                answer.Now);
        events.Failed(db, credit);
        return true;
    }

    /// <summary>What a gateway says of a credit.</summary>
    /// <param name="Id">The credit.</param>
    /// <param name="Gateway">Who says it.</param>
    /// <param name="Text">Its reference, or the reason of a refusal.</param>
    /// <param name="Now">The present.</param>
    internal sealed record Answer(CreditId Id, string Gateway, string? Text, Instant Now);
}

/// <summary>
/// Puts credits on customers' accounts. Billing takes them from the ledger, so posting is paying: approved and settled
/// in one transaction.
/// </summary>
public sealed class AccountCreditGateway(TimeProvider time) : IPaymentGateway
{
    private const int AtOnce = 2000;

    /// <inheritdoc/>
    public string Name => "account-credit";

    /// <inheritdoc/>
    public async Task<SettlementReport> RunOnce(Store store, SettlementEvents events)
    {
        var report = SettlementReport.Nothing;
        var after = new CreditId(0);
        while (Due(store, after) is { Count: > 0 } due)
        {
            after = due[^1];
            try
            {
                var settled = await store.Write(db => due.Count(id => Pay(db, id, events)));
                report += new SettlementReport(0, settled, 0, []);
            }
            catch (Exception)
            {
                // What went wrong with one of them has undone them all.
                report += await OneByOne(store, due, events);
            }
        }
        return report;
    }

    // Submitted together, they share a commit; each is undone alone if what follows it fails.
    private async Task<SettlementReport> OneByOne(Store store, List<CreditId> due, SettlementEvents events)
    {
        var report = SettlementReport.Nothing;
        foreach (var (id, work) in due.ConvertAll(id => (id, work: store.Write(db => Pay(db, id, events)))))
        {
            try
            {
                if (await work) report += new SettlementReport(0, 1, 0, []);
            }
            catch (Exception e)
            {
                report += SettlementReport.Trouble(
                    $"Credit {id} could not be settled and will be tried again: {e.Message}");
            }
        }
        return report;
    }

    private bool Pay(DbConnection db, CreditId id, SettlementEvents events)
    {
        var posted = new Settlement.Answer(id, Name, null, time.Now());
        return Settlement.Settle(db, posted, CreditState.Approved, Account.Billing, events);
    }

    private static List<CreditId> Due(Store store, CreditId after) => store.Read(db => db.Query<CreditId>(
        $"""
        SELECT credit_id FROM credit
        WHERE state = 'approved' AND kind = 'account-credit' AND credit_id > @after AND {PaymentStops.Flows}
        ORDER BY credit_id LIMIT @AtOnce
        """,
        new { after, AtOnce }).AsList());
}
