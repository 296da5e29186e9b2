using ProactiveCare.Audit;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>Money that others gave for a purchase wins over what this product has promised: a credit that has not left
/// yields to it, and what went twice is kept for an alarm.</summary>
public static class MoneyElsewhere
{
    /// <summary>Limits a statement about credits to those whose purchase no bank disputes, and of which nothing was
    /// given in another currency, since nothing is converted.</summary>
    internal const string NotDisputed =
        $"NOT EXISTS ({OfCredit} AND (refund.dispute = 'open' OR {InAnotherCurrency}))";

    /// <summary>The reason why a credit may not leave: <c>dispute</c>, <c>currency</c> or none.</summary>
    internal const string WaitsFor =
        $"""
        CASE WHEN state NOT IN ('pending', 'approved', 'failed') THEN NULL
          WHEN EXISTS ({OfCredit} AND refund.dispute = 'open') THEN 'dispute'
          WHEN EXISTS ({OfCredit} AND {InAnotherCurrency}) THEN 'currency' END
        """;

    private const string OfCredit =
        """
        SELECT 1 FROM refund WHERE refund.purchase_id = COALESCE(credit.purchase_id, (
          SELECT care_case.purchase_id FROM care_case WHERE care_case.case_id = credit.case_id))
        """;

    private const string InAnotherCurrency =
        """
        (refund.currency <> credit.currency AND refund.amount_minor > 0 AND COALESCE(refund.dispute, 'lost') = 'lost')
        """;

    // What is given elsewhere before the trouble is about something else: it takes only what was paid for.
    private const string OfPurchase =
        """
        FROM credit LEFT JOIN care_case ON care_case.case_id = credit.case_id
        WHERE credit.customer_id = (SELECT customer_id FROM purchase WHERE purchase_id = ?1)
          AND COALESCE(credit.purchase_id, care_case.purchase_id) = ?1 AND credit.currency = ?2
        """;

    /// <summary>Lets the credits of a purchase yield to a refund elsewhere, in the transaction that stores it.
    /// </summary>
    /// <returns>The credits that came to nothing.</returns>
    public static IReadOnlyList<Credit> Receive(DbConnection db, RefundReceived received, ActorId by, Instant now)
    {
        var refund = Load(db, received.RefundId);
        FoundPayments.Imported(db, refund.RefundId, refund.Reference);
        var more = received.More - Recognise(db, refund);
        if (more <= 0) return [];
        var cancelled = new List<Credit>();
        var rest = more;
        foreach (var (id, sameTrouble) in Waiting(db, refund))
        {
            var credit = Credits.Get(db, id);
            var most = sameTrouble ? credit.AmountMinor : Math.Min(credit.AmountMinor, Excess(db, refund));
            var less = Math.Min(rest, most);
            if (less <= 0) continue;
            if (Yield(db, credit, new Money(less, credit.Currency), refund, by, now)) cancelled.Add(credit);
            rest -= less;
        }
        var twice = Math.Min(rest, Math.Max(Excess(db, refund), Left(db, refund)));
        if (twice > 0)
        {
            db.Run("UPDATE refund SET twice_minor = twice_minor + ?2 WHERE refund_id = ?1", refund.RefundId, twice);
            Append(db, "refund.twice", refund, by, new { Amount = $"{new Money(twice, refund.Currency)}" }, now);
        }
        return cancelled;
    }

    /// <summary>Lets a credit that billing refused yield to what was given elsewhere while it was away, which did not
    /// go twice then.</summary>
    /// <returns>Whether nothing is left of it.</returns>
    public static bool Returned(DbConnection db, Credit credit, Instant now)
    {
        var doubled = db.All(
            """
            SELECT refund_id, twice_minor FROM refund WHERE twice_minor > 0 AND purchase_id = COALESCE(?1, (
              SELECT care_case.purchase_id FROM care_case WHERE care_case.case_id = ?2))
            ORDER BY received_at DESC, refund_id DESC
            """,
            row => (Id: row.Text(0), Minor: row.Number(1)), credit.PurchaseId, credit.CaseId);
        var left = doubled.Sum(each => each.Minor);
        foreach (var (id, minor) in doubled)
        {
            var refund = Load(db, id);
            var less = Math.Min(credit.AmountMinor, minor);
            var nothing = Yield(
                db, credit, new Money(less, credit.Currency), refund, Actors.System(db, now), now);
            // Others may have given more than was paid among themselves.
            var once = Math.Min(less, Math.Max(0, left - Math.Max(0, Excess(db, refund))));
            db.Run("UPDATE refund SET twice_minor = twice_minor - ?2 WHERE refund_id = ?1", id, once);
            left -= once;
            if (nothing) return true;
            credit = Credits.Get(db, credit.Id);
        }
        return false;
    }

    /// <summary>Recognises rows of billing's own list that arrived before its answer named the reference.</summary>
    internal static void Recognise(DbConnection db, Credit credit)
    {
        if (credit.PurchaseId is null || credit.Reference is null) return;
        var same = db.All(
            """
            SELECT refund_id FROM refund WHERE purchase_id = ?1 AND counted_minor > 0 AND credit_id IS NULL
              AND (refund_id = ?2 OR reference = ?2)
            """,
            row => row.Text(0), credit.PurchaseId, credit.Reference);
        foreach (var id in same) Recognise(db, Load(db, id));
    }

    // A row with the key or the reference of a payment of ours is that payment, up to its amount.
    private static long Recognise(DbConnection db, Elsewhere refund)
    {
        if (refund.Dispute is not null || refund.CountedMinor == 0) return 0;
        var own = db.First(
            """
            SELECT credit_id, amount_minor - (
              SELECT COALESCE(SUM(refund.amount_minor - counted_minor), 0) FROM refund
              WHERE refund.credit_id = credit.credit_id AND refund_id <> ?3)
            FROM payment JOIN credit USING (credit_id)
            WHERE purchase_id = ?1 AND currency = ?2 AND COALESCE(status, 'accepted') = 'accepted'
              AND (key IN (?3, ?4) OR payment.reference IN (?3, ?4))
            """,
            row => ((long Credit, long Minor)?)(row.Number(0), row.Number(1)),
            refund.PurchaseId, refund.Currency, refund.RefundId, refund.Reference ?? refund.RefundId);
        if (own is not { } paid) return 0;
        var recognised = Math.Min(refund.CountedMinor, Math.Max(0, paid.Minor));
        db.Run(
            """
            UPDATE refund SET credit_id = ?2, counted_minor = counted_minor - ?3,
              twice_minor = CASE WHEN twice_minor > ?3 THEN twice_minor - ?3 ELSE 0 END
            WHERE refund_id = ?1
            """,
            refund.RefundId, paid.Credit, recognised);
        Refunds.Count(db, refund.PurchaseId, -recognised);
        return recognised;
    }

    // Those that wait for a person first, then the newest.
    private static List<(CreditId Id, bool SameTrouble)> Waiting(DbConnection db, Elsewhere refund) => db.All(
        $"""
        SELECT credit.credit_id, 
          CAST(CASE WHEN COALESCE(care_case.occurred_at, 0) <= ?3 THEN 1 ELSE 0 END AS BIGINT) {OfPurchase}
          AND credit.state IN ('pending', 'approved', 'failed')
        ORDER BY credit.state = 'pending' DESC, credit.credit_id DESC
        """,
        row => (new CreditId(row.Number(0)), row.Flag(1)), refund.PurchaseId, refund.Currency, refund.RefundedAt);

    // What has left for the same trouble, less what other refunds were found to have doubled.
    private static long Left(DbConnection db, Elsewhere refund) => db.First(
        $"""
        SELECT COALESCE(SUM(credit.amount_minor), 0) - (
          SELECT COALESCE(SUM(twice_minor), 0) FROM refund WHERE purchase_id = ?1) {OfPurchase}
          AND credit.state IN ('settling', 'unknown', 'settled', 'written-off')
          AND COALESCE(care_case.occurred_at, 0) <= ?3
        """,
        row => row.Number(0), refund.PurchaseId, refund.Currency, refund.RefundedAt);

    private static long Excess(DbConnection db, Elsewhere refund) => db.First(
        """
        SELECT refunded_minor + pending_minor + elsewhere_minor - amount_minor FROM purchase WHERE purchase_id = ?1
        """,
        row => row.Number(0), refund.PurchaseId);

    /// <summary>Lowers a credit that has not left; nothing is left of one that is lowered to zero.</summary>
    private static bool Yield(
        DbConnection db, Credit credit, Money less, Elsewhere refund, ActorId by, Instant now)
    {
        var nothing = less == credit.Amount;
        var why = $"{less} of it were given elsewhere, by {HarmlessText.OneLine(refund.GivenBy)} ({refund.RefundId})";
        var changed = nothing
            ? db.Run(
                """
                UPDATE credit SET state = CASE state WHEN 'pending' THEN 'rejected' ELSE 'reversed' END,
                  hold_reason = NULL, reason = ?2
                WHERE credit_id = ?1 AND state IN ('pending', 'approved', 'failed')
                """,
                credit.Id, why)
            : db.Run(
                """
                UPDATE credit SET amount_minor = amount_minor - ?2, reduced_minor = reduced_minor + ?2
                WHERE credit_id = ?1 AND state IN ('pending', 'approved', 'failed') AND amount_minor > ?2
                """,
                credit.Id, less.Minor);
        if (changed == 0) throw new PaymentException($"Credit {credit.Id} left while a refund elsewhere was stored.");
        Approvals.GiveUp(db, credit, less);
        if (credit.State != CreditState.Pending || credit.Entitlement.OwedAtOnce)
            Bookings.Reduce(db, credit, less, by, why, now);
        var action = nothing ? "credit.cancel" : "credit.reduce";
        AuditLog.Append(
            db, new AuditEvent(by, action, $"credit:{credit.Id}", new { credit.State, less = $"{less}", why }), now);
        return nothing;
    }

    private static Elsewhere Load(DbConnection db, string id) => db.QuerySingle<Elsewhere>(
        """
        SELECT refund_id, purchase_id, currency, refunded_at, given_by, reference, dispute, counted_minor FROM refund
        WHERE refund_id = @id
        """,
        new { id });

    private static void Append(
        DbConnection db, string action, Elsewhere refund, ActorId by, object detail, Instant now) =>
        AuditLog.Append(db, new AuditEvent(by, action, $"refund:{refund.RefundId}", detail), now);

    private sealed record Elsewhere(
        string RefundId, string PurchaseId, Currency Currency, Instant RefundedAt, string GivenBy, string? Reference,
        string? Dispute, long CountedMinor);
}

/// <summary>Money that others gave for the purchase of a case, for people.</summary>
/// <param name="RefundId">The id of the refund or dispute.</param>
/// <param name="PurchaseId">The purchase.</param>
/// <param name="AmountMinor">In minor units.</param>
/// <param name="Currency">The currency.</param>
/// <param name="By">The giver.</param>
/// <param name="At">When.</param>
/// <param name="ReceivedAt">When it became known.</param>
/// <param name="Dispute"><c>open</c>, <c>won</c> or <c>lost</c>; null for what is no dispute.</param>
/// <param name="TwiceMinor">The part that went twice.</param>
/// <param name="CreditId">The credit whose payment it is, in billing's own list.</param>
public sealed record GivenBack(
    string RefundId, PurchaseId PurchaseId, long AmountMinor, Currency Currency, string By, Instant At,
    Instant ReceivedAt, string? Dispute, long TwiceMinor, CreditId? CreditId)
{
    private const string Select =
        """
        SELECT refund_id, purchase_id, amount_minor, currency, given_by AS by, refunded_at AS at, received_at, dispute,
          twice_minor, credit_id
        FROM refund
        """;

    /// <summary>A sentence that can be read to the customer.</summary>
    public string Sentence
    {
        get
        {
            var amount = new Money(AmountMinor, Currency);
            var (bank, by) = ($"(dispute {RefundId})", HarmlessText.OneLine(By));
            var what = Dispute switch
            {
                "open" => $"{amount} of purchase {PurchaseId} are disputed with the bank since {At.Iso()} {bank}; "
                    + "nothing is paid for it until that ends",
                "won" => $"The dispute of {amount} of purchase {PurchaseId} ended in our favour {bank}",
                "lost" => $"The bank gave {amount} of purchase {PurchaseId} back on {At.Iso()} {bank}",
                _ when CreditId is { } own => $"Billing lists our credit {own} as its refund {RefundId}",
                _ => $"{amount} of purchase {PurchaseId} were given back elsewhere on {At.Iso()}, by {by} ({RefundId})",
            };
            return what + (TwiceMinor > 0 ? $"; {new Money(TwiceMinor, Currency)} went twice." : ".");
        }
    }

    /// <summary>The money given for a purchase, oldest first.</summary>
    public static IEnumerable<GivenBack> For(DbConnection db, PurchaseId purchase) =>
        db.Query<GivenBack>(
            $"{Select} WHERE purchase_id = @purchase ORDER BY refunded_at, refund_id", new { purchase });

    /// <summary>The money that went twice and became known since then.</summary>
    public static IEnumerable<GivenBack> Twice(DbConnection db, Instant since) => db.Query<GivenBack>(
        $"{Select} WHERE twice_minor > 0 AND received_at >= @since ORDER BY received_at, refund_id", new { since });
}
