using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Finance;

/// <summary>The findings after a restore.</summary>
/// <param name="Epoch">The new epoch, as in the names of files: <c>r1</c>.</param>
/// <param name="PaymentsFound">Payments in files that the restored database did not know.</param>
/// <param name="TakenOn">Of these, the ones that a credit of the database has taken on.</param>
/// <param name="Settled">Payments that billing's answers settled.</param>
/// <param name="Waiting">The payments that no credit has taken on, for people.</param>
/// <param name="MailsSent">Notices whose mail is in the outbox folder.</param>
/// <param name="MailsKept">Mails that belong to no notice yet.</param>
/// <param name="Uncertain">The things that nobody knows.</param>
/// <param name="LookAt">The things that a person must look at.</param>
public sealed record RestoreReport(
    string Epoch, int PaymentsFound, int TakenOn, int Settled, IReadOnlyList<string> Waiting, int MailsSent,
    int MailsKept, IReadOnlyList<string> Uncertain, IReadOnlyList<string> LookAt);

/// <summary>A new epoch after a restore, and the facts of the folders that the restored database lacks.</summary>
public sealed class RestoreOperations(
    Store store, Settlement settlement, IMailTransport mail, NoticeSettings notices,
    (TimeProvider Time, Random Random) by)
{
    private const int Shown = 20;

    private readonly DataFolder folder = store.Folder;

    /// <summary>Begins a new epoch, and looks for what had left before it.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<RestoreReport> Begin(Actor actor)
    {
        actor.Require(Role.Admin);
        var epoch = await store.Write(db =>
        {
            var begun = Epoch.Begin(db, NewestOutside(folder, settlement.Gateways), by.Random, by.Time.Now());
            var told = new AuditEvent(actor.Id, "database.restored", "database:", new { begun.Name });
            AuditLog.Append(db, told, by.Time.Now());
            return begun;
        });
        Epoch.Remember(folder, epoch.Number);
        return await Look();
    }

    /// <summary>Looks for what had left before the present epoch, on behalf of who restored the file.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public Task<RestoreReport> Look(Actor actor)
    {
        actor.Require(Role.Admin);
        return Look();
    }

    /// <summary>Looks for what had left before the present epoch, once: nothing is handed over before.</summary>
    internal async Task<SettlementReport> LookIfNew() => store.Read(Epoch.Load).Looked
        ? SettlementReport.Nothing
        : SettlementReport.Nothing with { Settled = (await Look()).Settled };

    /// <summary>The reason why the database is older than its folders, so that nothing may leave; null when it is not.
    /// </summary>
    public string? Newer()
    {
        var newer = Epoch.Remembered(folder) > store.Read(Epoch.Load).Number
            ? folder.Inside("epoch")
            : NewerFile() ?? NewerMail();
        return newer is null ? null : $"{newer} is newer than the database, which was restored or rolled back. Nothing "
            + "is paid, or sent to customers, because it may have been before. Run: proactive-care db restored (or "
            + "move the file away, if it does not belong here)";
    }

    // Another node commits a batch before it writes the file: a file that is seen first is looked up once more.
    private string? NewerFile()
    {
        for (var seen = -1L; ;)
        {
            var batch = store.Read(PaymentBatches.Newest);
            if (NewerThan(settlement.Gateways, batch) is not { } name) return null;
            if (batch == seen) return name;
            seen = batch;
        }
    }

    private string? NewerMail()
    {
        var ids = mail.KeptIds.ToList();
        return store.Read(db => FoundMails.Newer(db, ids));
    }

    /// <summary>The newest epoch that the folders of an installation know.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="gateways">The ways to pay.</param>
    public static long NewestOutside(DataFolder folder, IReadOnlyList<IPaymentGateway> gateways)
    {
        var epoch = Epoch.Remembered(folder);
        while (NewerThan(gateways, Epoch.Last(epoch)) is not null) epoch++;
        return epoch;
    }

    private static string? NewerThan(IReadOnlyList<IPaymentGateway> gateways, long batch) =>
        gateways.Select(gateway => gateway.NewerThan(batch)).FirstOrDefault(name => name is not null);

    private async Task<RestoreReport> Look()
    {
        var troubles = new List<string>();
        var found = settlement.Gateways.Select(gateway =>
            (Gateway: gateway, Payments: gateway.Find(_ => true, troubles.Add).ToList())).ToList();
        var mails = mail.Kept.ToList();
        var (kept, taken, sent) = await store.Write(db =>
        {
            var now = by.Time.Now();
            var system = Actors.System(db, now);
            var payments = found.Sum(each => FoundPayments.Keep(db, each.Gateway, each.Payments, now));
            FoundPayments.ApproveHandedOver(db, system, now);
            var adopted = found.Sum(each => FoundPayments.Adopt(db, each.Gateway, now));
            var told = FoundMails.Keep(db, mails, notices, now);
            db.Execute("UPDATE installation SET looked = 1");
            var detail = new { payments, adopted, told.Sent, told.Kept };
            AuditLog.Append(db, new AuditEvent(system, "database.look", "database:", detail), now);
            return (payments, adopted, told);
        });
        var answers = await settlement.TakeAnswers(store);
        return store.Read(db => Report(db) with
        {
            PaymentsFound = kept,
            TakenOn = taken,
            Settled = answers.Settled,
            MailsSent = sent.Sent,
            MailsKept = sent.Kept,
            LookAt = [.. troubles, .. answers.Troubles, .. LookAt(db)],
        });
    }

    private static RestoreReport Report(DbConnection db)
    {
        var open = FoundPayments.Open(db);
        var waiting = open.Take(Shown).Select(payment =>
            $"{payment.Amount} for customer {payment.CustomerId}"
            + (payment.PurchaseId is { } purchase ? $", purchase {purchase}" : "") + $" (key {payment.Key})").ToList();
        if (open.Count > Shown) waiting.Add($"and {open.Count - Shown} more");
        return new RestoreReport(Epoch.Load(db).Name, 0, 0, 0, waiting, 0, 0, [.. Uncertain(db)], []);
    }

    private static IEnumerable<string> Uncertain(DbConnection db)
    {
        var approved = db.ExecuteScalar<long>("SELECT COUNT(*) FROM credit WHERE state = 'approved'");
        if (approved > 0)
        {
            yield return $"Credits that are approved, and of which no file shows that they left: {approved}. They are "
                + "handed over next. If billing has them, stop it with: proactive-care andon pull JOB --reason TEXT";
        }
        var unsent = db.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM notice WHERE state IN ('queued', 'held') AND audience = 'customer'");
        if (unsent > 0)
        {
            yield return $"Mails to customers that are due and not in the outbox folder: {unsent}. One that a mail "
                + "server has sent since the backup is sent again.";
        }
        var open = db.ExecuteScalar<long>("SELECT COUNT(*) FROM payment WHERE status IS NULL");
        if (open > 0)
            yield return $"Payments that billing has not answered, as far as the files tell: {open}.";
    }

    private static IEnumerable<string> LookAt(DbConnection db)
    {
        var last = db.ExecuteScalar<long?>(
            "SELECT MAX(at) FROM audit WHERE action NOT LIKE 'database.%' AND action NOT LIKE 'credit.found'");
        if (last is { } at)
        {
            var since = Instant.FromUnixTimeMilliseconds(at).Iso();
            yield return $"The backup knows nothing after {since}. Import again what came in since, and look again at "
                + "what people decided: approvals, rejections, accepted jobs, users.";
        }
        if (FoundPayments.Open(db).Count > 0)
        {
            yield return "Payments that had left and belong to no credit yet are taken on when their cases are found "
                + "again. Those that are left then are given by nobody's decision: import them as refunds.";
        }
    }
}
