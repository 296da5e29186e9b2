using Dapper;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Faults;

namespace ProactiveCare.Stories;

/// <summary>What must be true of every story at its end, by what billing, the relay and the company themselves know:
/// nothing paid twice, nothing lost, sound books, and one end of every notice.</summary>
internal static class Examination
{
    public static IEnumerable<string> Problems(Company company) =>
    [
        .. company.Billing.Problems, .. Due(company), .. Paid(company), .. Settled(company), .. Told(company),
        .. company.Read(BooksCheck.Run).Problems,
        .. company.Read(db => DecisionLog.Replay(db, company.Product.Book, null, out _))
            .Select(wrong => $"case {wrong.CaseId} replays to {wrong.Replayed}, not {wrong.Recorded}"),
        .. company.Read(Invariants.Rows),
    ];

    // Everybody to whom something is due has a case that is paid, held or has a reason.
    private static IEnumerable<string> Due(Company company)
    {
        var cases = company.Read(db => CareCases.List(db, new CaseFilter(Mode: Mode.Live, Most: 1000)));
        foreach (var (customer, subject) in company.Films.Due())
        {
            var own = cases.Where(c => c.Finding.CustomerId.Value == customer
                && c.Finding.Subject.Split(':') is [_, var about, ..] && about == subject).ToList();
            if (own.Count == 0) yield return $"{customer} has no case for {subject}";
            foreach (var waiting in own.Where(c => c.State == CaseState.Waiting))
                yield return $"case {waiting.Id} of {customer} waits although all has arrived: {waiting.Reason}";
            if (own.Count > 0 && own.All(c => c.State == CaseState.Refused))
            {
                var given = own.Exists(c => c.Reason is null) || company.Elsewhere(subject) > 0;
                if (!given && own.Exists(c => !MayRefuse(c.Reason!)))
                    yield return $"{customer} gets nothing for {subject}: {own[0].Reason}";
            }
        }
    }

    private static bool MayRefuse(Reason reason) =>
        reason.IsOneOf(Reason.CustomerNeverArrived, Reason.PurchaseNeverArrived);

    // Billing, the facts that were imported and our books agree about each purchase, and what went twice is an alarm.
    private static IEnumerable<string> Paid(Company company)
    {
        company.Wait(company.Product.Watch());
        var books = company.Read(db => db.Query<Refunded>(
            """
            SELECT purchase_id, refunded_minor AS ours, elsewhere_minor AS others, COALESCE((
              SELECT SUM(twice_minor) FROM refund r WHERE r.purchase_id = p.purchase_id), 0) AS twice
            FROM purchase p
            """).ToDictionary(row => row.PurchaseId));
        // What had left before a restore and no credit has taken on is an alarm of its own.
        var found = company.Read(FoundPayments.Open);
        foreach (var purchase in company.Films.Purchases)
        {
            var paid = company.Billing.Demands.Where(d => d.Purchase == purchase && d.Paid == true).Sum(d => d.Sum)
                - (found.Where(f => f.PurchaseId?.Value == purchase).Sum(f => f.AmountMinor) / 100m);
            var (others, has) = (company.Elsewhere(purchase), books[purchase]);
            if ((has.Ours / 100m, has.Others / 100m) != (paid, others))
                yield return $"of {purchase} {paid} and elsewhere {others} were given back, the books say "
                    + $"{has.Ours / 100m} and {has.Others / 100m}";
            var excess = paid + others - Films.Price(purchase);
            if (excess > 0 && (has.Twice / 100m < excess || company.Read(Alarms.Open).All(a => !a.IsMoney)))
                yield return $"{excess} too much went for {purchase}, and no alarm says so";
            if (paid > 0 && !company.Films.EverBad(purchase))
                yield return $"{paid} were paid for {purchase}, which always ran well";
        }
    }

    // Nobody is helped twice for the same thing; what billing paid, it was answered for, and nothing else.
    private static IEnumerable<string> Settled(Company company)
    {
        var twice = company.Read(db => db.Query<string>(
            """
            SELECT customer_id || ' was helped twice for ' || service_event FROM care_case c
            WHERE EXISTS (SELECT 1 FROM credit k WHERE k.case_id = c.case_id AND k.state = 'settled')
            GROUP BY customer_id, service_event, family HAVING COUNT(*) > 1
            """).ToList());
        if (company.WasRestored) return twice;
        var accepted = company.Read(db =>
            db.Query<string>("SELECT key FROM payment WHERE status = 'accepted'").ToHashSet(StringComparer.Ordinal));
        var paid = company.Billing.Demands.Where(demand => demand.Paid == true).Select(demand => demand.Key).ToList();
        return
        [
            .. twice, .. paid.Except(accepted).Select(key => $"billing paid {key}, and the books know nothing of it"),
            .. accepted.Except(paid).Select(key => $"billing never paid {key}, and the books say it did"),
        ];
    }

    // Every notice has one end, and whoever was paid has heard it.
    private static IEnumerable<string> Told(Company company)
    {
        var notices = company.Read(db => db.Query<Notice>(
            """
            SELECT event_key, event, n.state, n.reason, message_id, k.state AS credit
            FROM notice n LEFT JOIN credit k ON event_key = 'credit:' || k.credit_id || ':settled'
            """).ToList());
        var taken = company.Relay.Taken.Select(mail => mail.MessageId).ToHashSet(StringComparer.Ordinal);
        foreach (var notice in notices)
        {
            if (notice is { State: "suppressed", Credit: "settled" or "written-off" })
                yield return $"{notice.EventKey} is {notice.State}: {notice.Reason}";
            // After a restore a mail of before stands for the notice.
            if (notice.State == "sent" && !taken.Contains(notice.MessageId!) && !company.WasRestored)
                yield return $"{notice.EventKey} is sent, and the relay knows nothing of it";
        }
        foreach (var untold in company.Read(db => db.Query<long>(
            """
            SELECT credit_id FROM credit k WHERE state IN ('settled', 'written-off') AND NOT EXISTS (
              SELECT 1 FROM notice WHERE event_key = 'credit:' || k.credit_id || ':settled')
            """)))
            yield return $"credit {untold} is paid, and nobody is told";
        foreach (var twice in company.Relay.Doubles) yield return $"the mail {twice} left again after it was taken";
        foreach (var mails in company.Relay.Taken.GroupBy(mail => mail.MessageId))
            if (mails.Select(mail => (mail.To.Address, mail.Subject)).Distinct().Count() > 1)
                yield return $"the Message-ID {mails.Key} was used for two mails";
    }

    private sealed record Refunded(string PurchaseId, long Ours, long Others, long Twice);

    private sealed record Notice(
        string EventKey, string Event, string State, string? Reason, string? MessageId, string? Credit);
}
