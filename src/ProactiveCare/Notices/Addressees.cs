using ProactiveCare.Notices.Delivery;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>The customers of some notices in their current state, with their recent notices. Claims of the same
/// transaction count, so that several notices for one customer do not exceed the cap together. The customers are
/// locked, so that nobody else counts before these claims are visible.</summary>
internal sealed class Addressees
{
    // No present-day clock was set back by more than three hours within a day (Antarctica/Casey).
    private static readonly Duration LongestDay = Duration.FromHours(27);

    private readonly Dictionary<string, Recipient> recipients;
    private readonly Dictionary<string, List<(NoticeId Notice, Instant At)>> had = new(StringComparer.Ordinal);

    private Addressees(Dictionary<string, Recipient> recipients) => this.recipients = recipients;

    public static Addressees Of(DbConnection db, IReadOnlyCollection<DueNotice> notices, Instant now)
    {
        var customers = notices.Where(notice => notice.CustomerId is not null)
            .Select(notice => notice.CustomerId!.Value.Value).Distinct(StringComparer.Ordinal).ToList();
        if (customers.Count == 0) return new([]);
        var ids = Lists.Json(customers);
        // A query sees the commits before its start, so the locks come first.
        db.LockRows("customer", "customer_id", customers);
        var found = new Addressees(db.Query<Recipient>(
            $"""
            SELECT customer_id, email, name, locale, time_zone, status, (SELECT time_zone FROM premises
              WHERE premises.customer_id = customer.customer_id AND time_zone IS NOT NULL
              ORDER BY premises_id LIMIT 1) AS premises_time_zone, left_out
            FROM customer WHERE customer_id IN ({db.Elements("@ids")})
            """,
            new { ids }).ToDictionary(each => each.CustomerId, StringComparer.Ordinal));
        foreach (var sent in db.Query<Had>(
            $"""
            SELECT customer_id, notice_id, claimed_at FROM notice
            WHERE customer_id IN ({db.Elements("@ids")}) AND claimed_at >= @since
              AND urgency = 'normal' AND state IN ('sending', 'sent', 'uncertain')
            """,
            new { ids, since = now - LongestDay }))
            found.Add(sent.CustomerId, sent.NoticeId, sent.ClaimedAt);
        return found;
    }

    public Recipient? Find(CustomerId customer) => recipients.GetValueOrDefault(customer.Value);

    /// <summary>The number of normal notices that the customer had since an instant, without this one.</summary>
    public int Since(CustomerId customer, Instant start, NoticeId notice) =>
        had.TryGetValue(customer.Value, out var all) ? all.Count(each => each.At >= start && each.Notice != notice) : 0;

    /// <summary>Counts one more notice.</summary>
    public void Claimed(DueNotice notice, Instant now)
    {
        if (notice is { CustomerId: { } customer, Urgency: "normal" }) Add(customer.Value, notice.NoticeId, now);
    }

    private void Add(string customer, NoticeId notice, Instant at)
    {
        if (!had.TryGetValue(customer, out var all)) had[customer] = all = [];
        all.Add((notice, at));
    }

    private sealed record Had(string CustomerId, NoticeId NoticeId, Instant ClaimedAt);
}
