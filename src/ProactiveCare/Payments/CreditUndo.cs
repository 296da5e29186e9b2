using ProactiveCare.Audit;

namespace ProactiveCare.Payments;

/// <summary>A request to undo a credit that nobody has confirmed or declined.</summary>
public sealed record UndoRequest(CreditId CreditId, string Reason, ActorId RequestedBy, string By, Instant RequestedAt);

/// <summary>The rules for taking paid account credits back.</summary>
/// <param name="Posted">Whether billing reads our ledger, so that an entry alone takes a credit back.</param>
/// <param name="Within">The time after payment in which it may be taken back; null for never.</param>
public sealed record DebitRules(bool Posted, Duration? Within);

/// <summary>Undoes credits that were a mistake: one person asks, another confirms. A credit that is not paid is
/// reversed, one on the customer's account is debited, and a refund is written off: the customer keeps it. Until the
/// request ends, an approved credit is not paid.</summary>
public static class CreditUndo
{
    /// <summary>The requests that wait, oldest first.</summary>
    public static IReadOnlyList<UndoRequest> Open(DbConnection db) =>
        [.. db.Query<UndoRequest>(
            """
            SELECT credit_id, reason, requested_by, name AS by, requested_at
            FROM credit_undo JOIN actor ON actor_id = requested_by WHERE outcome IS NULL ORDER BY undo_id
            """)];

    /// <summary>Asks to undo a credit.</summary>
    /// <exception cref="PaymentException">It cannot be undone now, or is not theirs to decide, or there is no reason.
    /// </exception>
    public static void Request(DbConnection db, CreditId id, Decider by, string reason, DebitRules rules, Instant now)
    {
        Approvals.RequireReason(reason);
        var credit = Approvals.Theirs(db, id, by);
        RequireNone(db, id);
        _ = EndOf(credit, rules, now);
        var asked = db.Execute(
            """
            INSERT INTO credit_undo (credit_id, reason, requested_by, requested_at)
            VALUES (@id, @reason, @by, @now) ON CONFLICT DO NOTHING
            """,
            new { id, reason, by = by.Actor.Id, now });
        if (asked == 0) RequireNone(db, id);
        Approvals.Append(db, "credit.undo-ask", credit, by.Actor, new { credit.State, reason }, now);
    }

    /// <summary>Confirms a request: the credit is undone, and whoever was told of it is told.</summary>
    /// <exception cref="PaymentException">Nobody else has asked, it cannot be undone now, or is not theirs.</exception>
    public static void Confirm(
        DbConnection db, CreditId id, Decider by, DebitRules rules, SettlementEvents events, Instant now)
    {
        var credit = Approvals.Theirs(db, id, by);
        var request = Get(db, id);
        if (IsSamePerson(by.Actor, Actors.Get(db, request.RequestedBy)))
            throw new PaymentException(
                $"{request.By} has asked to undo credit {id}; somebody else with the finance role has to confirm it.",
                RefusalCode.NotAllowed);
        var to = EndOf(credit, rules, now);
        End(db, request, by.Actor, "confirmed", now);
        Approvals.Append(db, "credit.undo", credit, by.Actor, new { from = credit.State, to, request.Reason }, now);
        Move(db, credit, to, request.Reason);
        if (to != CreditState.Debiting) Finish(db, credit, to, by.Actor.Id, events, now);
    }

    /// <summary>Declines a request, also one's own: the credit stays what it is.</summary>
    /// <exception cref="PaymentException">Nobody has asked, it is not theirs, or there is no reason.</exception>
    public static void Decline(DbConnection db, CreditId id, Decider by, string reason, Instant now)
    {
        Approvals.RequireReason(reason);
        var credit = Approvals.Theirs(db, id, by);
        End(db, Get(db, id), by.Actor, "declined", now);
        Approvals.Append(db, "credit.undo-decline", credit, by.Actor, new { reason }, now);
    }

    /// <summary>Stores billing's answer about a debit.</summary>
    /// <returns>False, with nothing changed, when the credit is not being debited.</returns>
    internal static bool Answered(
        DbConnection db, PaymentAnswer answer, ActorId by, SettlementEvents events, Instant now)
    {
        var credit = Credits.Get(db, answer.CreditId);
        if (credit.State != CreditState.Debiting) return false;
        if (answer.Accepted)
        {
            Move(db, credit, CreditState.Debited, credit.Reason!);
            Finish(db, credit, CreditState.Debited, by, events, now);
            return true;
        }
        var why = $"billing did not take it back: {answer.Reason ?? "no reason given"}";
        Move(db, credit, CreditState.Settled, why);
        AuditLog.Append(db, new AuditEvent(by, "credit.debit-refused", $"credit:{credit.Id}", new { why }), now);
        return true;
    }

    /// <summary>Requires that nobody has asked to undo a credit.</summary>
    /// <exception cref="PaymentException">Somebody has.</exception>
    internal static void RequireNone(DbConnection db, CreditId id)
    {
        if (Find(db, id) is { } request)
            throw new PaymentException(
                $"{request.By} asked on {request.RequestedAt.Iso()} to undo credit {id} ({request.Reason}). "
                + $"Somebody else confirms it (proactive-care credits confirm {id}) or declines it (proactive-care "
                + $"credits decline {id} --reason TEXT).");
    }

    // Somebody may have two names, of which each is another user.
    private static bool IsSamePerson(Actor one, Actor other) =>
        one.Id == other.Id
        || (one.Email is { } email && email.Equals(other.Email, StringComparison.OrdinalIgnoreCase));

    private static CreditState EndOf(Credit credit, DebitRules rules, Instant now)
    {
        if (credit.State.IsOneOf(CreditState.Approved, CreditState.Failed)) return CreditState.Reversed;
        if (credit.State == CreditState.Pending)
            throw new PaymentException(
                $"{Approvals.StateOf(credit)}; reject it: proactive-care credits reject {credit.Id} --reason TEXT");
        if (credit.State != CreditState.Settled)
            throw new PaymentException(
                $"{Approvals.StateOf(credit)}; "
                + (credit.State.IsOneOf(CreditState.Settling, CreditState.Unknown)
                    ? "ask again once its gateway has answered."
                    : "there is nothing to undo."));
        if (credit.Kind == CreditKind.Refund) return CreditState.WrittenOff;
        if (rules.Within is not { } within)
            throw new PaymentException(
                $"{Approvals.StateOf(credit)} to the customer's account, and the company takes no credit back from "
                + "there. The setting AccountCredits:TakeBackWithin allows it.");
        if (now - credit.SettledAt > within)
            throw new PaymentException(
                $"{Approvals.StateOf(credit)} to the customer's account, where credits are taken back within "
                + string.Create(CultureInfo.InvariantCulture, $"{within.TotalDays} days only (AccountCredits:")
                + "TakeBackWithin). It stays.");
        return rules.Posted ? CreditState.Debited : CreditState.Debiting;
    }

    // What was paid for good stays reserved.
    private static void Finish(
        DbConnection db, Credit credit, CreditState to, ActorId by, SettlementEvents events, Instant now)
    {
        if (to != CreditState.WrittenOff) Approvals.GiveUp(db, credit, credit.Amount);
        var undone = Credits.Get(db, credit.Id);
        events.Undone(db, undone);
        Bookings.TakeBack(db, undone, by, undone.Reason!, now, to);
    }

    private static void Move(DbConnection db, Credit credit, CreditState to, string reason)
    {
        if (db.Execute(
            "UPDATE credit SET state = @to, reason = @reason WHERE credit_id = @Id AND state = @State",
            new { to, reason, credit.Id, credit.State }) == 0)
            throw new PaymentException($"{Approvals.StateOf(Credits.Get(db, credit.Id))}; nothing was changed.");
    }

    private static void End(DbConnection db, UndoRequest request, Actor by, string outcome, Instant now)
    {
        if (db.Execute(
            """
            UPDATE credit_undo SET outcome = @outcome, ended_by = @Id, ended_at = @now
            WHERE credit_id = @CreditId AND outcome IS NULL
            """,
            new { outcome, by.Id, now, request.CreditId }) == 0)
            throw new PaymentException($"Somebody else has ended the request to undo credit {request.CreditId}.");
    }

    private static UndoRequest? Find(DbConnection db, CreditId id) =>
        Open(db).FirstOrDefault(request => request.CreditId == id);

    private static UndoRequest Get(DbConnection db, CreditId id) => Find(db, id) ?? throw new PaymentException(
        $"Nobody has asked to undo credit {id}. Ask with: proactive-care credits reverse {id} --reason TEXT");
}
