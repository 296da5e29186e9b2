using ProactiveCare.Audit;

namespace ProactiveCare.Payments;

/// <summary>A person who decides about money.</summary>
/// <param name="Actor">The user.</param>
/// <param name="Makers">The makers beside the credit's own: the job's author and the user who accepted it.</param>
public sealed record Decider(Actor Actor, IReadOnlyCollection<ActorId> Makers);

/// <summary>Decisions about credits, by people or at the end of a hold. Each is a conditional update: it happens once,
/// from the required state, or not at all.</summary>
public static class Approvals
{
    private const string SomebodyElse = "somebody else with the finance role has to decide";

    /// <summary>Approves a pending credit: it is owed and will be paid. One without a reservation is reserved in the
    /// budget of the day.</summary>
    /// <param name="db">The caller's transaction.</param>
    /// <param name="id">The credit.</param>
    /// <param name="by">The decider.</param>
    /// <param name="budget">The budget of the day in the credit's currency; null when the job has none.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="PaymentException">Not pending, not theirs to decide, or the budget is exhausted.</exception>
    public static void Approve(DbConnection db, CreditId id, Decider by, DayBudget? budget, Instant now)
    {
        var credit = Decidable(db, id, by);
        var approval = new Approval("credit.approve", by.Actor.Id, by.Actor.Id);
        if (!Approve(db, credit, budget, approval, now))
        {
            throw new PaymentException(
                $"Credit {id} of {credit.Amount} does not fit: the budget of {credit.JobId} for {budget!.Period} "
                + $"({budget.Cap}) is exhausted. Approve it in the next period, or raise the job's budget.");
        }
    }

    /// <summary>Approves a pending credit whose hold has ended, like a person's approval.</summary>
    /// <returns>Whether it is approved; false without room in the budget, or after another decision.</returns>
    internal static bool Release(DbConnection db, Credit credit, DayBudget? budget, ActorId by, Instant now) =>
        credit.State == CreditState.Pending
        && Approve(db, credit, budget, new Approval("credit.release", by, null), now);

    /// <summary>Changes the hold reason of a pending credit.</summary>
    internal static void Hold(DbConnection db, CreditId id, HoldReason reason, Instant? decideBy) =>
        db.Execute(
            """
            UPDATE credit SET hold_reason = @reason, decide_by_at = @decideBy
            WHERE credit_id = @id AND state = 'pending'
            """,
            new { id, reason, decideBy });

    // The only transition from pending to approved. False, with nothing changed, when the budget is exhausted.
    private static bool Approve(DbConnection db, Credit credit, DayBudget? budget, Approval approval, Instant now)
    {
        var period = credit.BudgetPeriod;
        if (period is null && budget is not null)
        {
            var key = new BudgetKey(credit.JobId, Mode.Live, budget.Period);
            if (!Budgets.TryReserve(db, key, credit.Amount, budget.Cap)) return false;
            period = budget.Period;
        }
        Require(db, credit.Id, db.Execute(
            """
            UPDATE credit SET state = 'approved', hold_reason = NULL, approver_id = @Approver, approved_at = @now,
              budget_period = @period
            WHERE credit_id = @Id AND state = 'pending'
            """,
            new { credit.Id, approval.Approver, now, period }));
        if (!credit.Entitlement.OwedAtOnce) Bookings.Owe(db, credit, approval.By, now);
        var detail = new { credit.HoldReason, Amount = $"{credit.Amount}" };
        AuditLog.Append(db, new AuditEvent(approval.By, approval.Action, $"credit:{credit.Id}", detail), now);
        return true;
    }

    /// <summary>
    /// Rejects a pending credit: nothing is owed; its reservations in budget and purchase are released.
    /// </summary>
    /// <exception cref="PaymentException">Not pending, not theirs to decide, or no reason.</exception>
    public static void Reject(DbConnection db, CreditId id, Decider by, string reason, Instant now)
    {
        RequireReason(reason);
        var credit = Decidable(db, id, by);
        var changed = db.Execute(
            """
            UPDATE credit SET state = 'rejected', hold_reason = NULL, approver_id = @by, reason = @reason
            WHERE credit_id = @id AND state = 'pending'
            """,
            new { id, by = by.Actor.Id, reason });
        Require(db, id, changed);
        GiveUp(db, credit, credit.Amount);
        if (credit.Entitlement.OwedAtOnce) Bookings.TakeBack(db, credit, by.Actor.Id, reason, now);
        var detail = new { credit.HoldReason, Amount = $"{credit.Amount}", reason };
        Append(db, "credit.reject", credit, by.Actor, detail, now);
    }

    /// <summary>Retries a failed credit, which was owed all the time.</summary>
    /// <exception cref="PaymentException">It has not failed, or the user has no finance role.</exception>
    public static void Retry(DbConnection db, CreditId id, Actor by, Instant now)
    {
        var credit = Credits.Get(db, id);
        if (NotFinance(credit, by) is { } refusal)
            throw new PaymentException(refusal, RefusalCode.NotAllowed);
        CreditUndo.RequireNone(db, id);
        var changed = db.Execute(
            """
            UPDATE credit SET state = 'approved', batch = NULL, reason = NULL, reference = NULL,
              settling_at = NULL
            WHERE credit_id = @id AND state = 'failed'
            """,
            new { id });
        if (changed == 0) throw new PaymentException($"{StateOf(credit)}; only a failed one can be retried.");
        Append(db, "credit.retry", credit, by, new { credit.Reason, credit.Batch }, now);
    }

    /// <summary>Turns a failed refund into a credit to the customer's account: the refund is reversed, and the new
    /// credit owed in its place, with its reservation.</summary>
    /// <returns>The new credit.</returns>
    /// <exception cref="PaymentException">It is no failed refund, or not theirs.</exception>
    public static CreditId Convert(DbConnection db, CreditId id, Decider by, Instant now)
    {
        var credit = Theirs(db, id, by);
        CreditUndo.RequireNone(db, id);
        if (credit.State != CreditState.Failed || credit.Kind != CreditKind.Refund)
            throw new PaymentException(
                $"{StateOf(credit)}; only a failed refund can be turned into an account credit.");
        var made = Credits.Make(
            db,
            [
                new NewCredit(credit.CaseId, credit.DecisionNumber, credit.JobId, credit.CustomerId, credit.Entitlement,
                    credit.Family, CreditKind.AccountCredit, null, credit.Amount, by.Actor.Id)
                {
                    CustomerNumber = credit.CustomerNumber,
                    BudgetPeriod = credit.BudgetPeriod,
                    Replaces = id,
                },
            ],
            now)[0];
        var reason = $"turned into account credit {made.Id}";
        Require(db, id, db.Execute(
            "UPDATE credit SET state = 'reversed', reason = @reason WHERE credit_id = @id AND state = 'failed'",
            new { id, reason }));
        PurchaseRefunds.GiveUp(db, credit.PurchaseId!.Value, credit.Amount);
        Append(db, "credit.convert", credit, by.Actor, new { credit.Reason, into = made.Id.Value }, now);
        Bookings.TakeBack(db, credit, by.Actor.Id, reason, now);
        Bookings.Owe(db, made, by.Actor.Id, now);
        return made.Id;
    }

    /// <summary>A credit with an unknown outcome that the user may resolve.</summary>
    /// <exception cref="PaymentException">It is not unknown, not theirs, or the evidence is missing.</exception>
    internal static Credit Unknown(DbConnection db, CreditId id, Decider by, string how)
    {
        RequireReason(how);
        var credit = Theirs(db, id, by);
        return credit.State == CreditState.Unknown
            ? credit
            : throw new PaymentException($"{StateOf(credit)}; only one with an unknown outcome can be resolved.");
    }

    /// <summary>The reason why somebody may not decide about a credit; null when they may.</summary>
    internal static string? Refusal(Credit credit, Decider by)
    {
        if (NotFinance(credit, by.Actor) is { } refusal) return refusal;
        if (by.Actor.Id == credit.MakerId)
            return $"{by.Actor.Name} made credit {credit.Id}; {SomebodyElse} about it.";
        return by.Makers.Contains(by.Actor.Id)
            ? $"{by.Actor.Name} wrote or accepted the job {credit.JobId}; {SomebodyElse} about credit {credit.Id}."
            : null;
    }

    /// <summary>A credit that somebody may decide about.</summary>
    /// <exception cref="PaymentException">There is none, or they may not.</exception>
    internal static Credit Theirs(DbConnection db, CreditId id, Decider by)
    {
        var credit = Credits.Get(db, id);
        return Refusal(credit, by) is { } refusal
            ? throw new PaymentException(refusal, RefusalCode.NotAllowed)
            : credit;
    }

    private static string? NotFinance(Credit credit, Actor by) => by switch
    {
        { Kind: not "user" } => $"Only a person decides about credit {credit.Id}; {by.Name} is not a user.",
        { DisabledAt: not null } => $"The user {by.Name} is disabled and cannot decide about credit {credit.Id}.",
        _ when !by.Has(Role.Finance) =>
            $"The user {by.Name} does not have the finance role, which deciding about credit {credit.Id} needs.",
        _ => null,
    };

    private static Credit Decidable(DbConnection db, CreditId id, Decider by)
    {
        var credit = Credits.Get(db, id);
        if (credit.State != CreditState.Pending)
            throw new PaymentException($"{StateOf(credit)}; there is nothing to decide.");
        return Refusal(credit, by) is { } refusal
            ? throw new PaymentException(refusal, RefusalCode.NotAllowed)
            : credit;
    }

    /// <summary>Releases what a credit, or a part of it, has reserved in its budget and promised on its purchase.
    /// </summary>
    internal static void GiveUp(DbConnection db, Credit credit, Money amount)
    {
        if (credit.BudgetPeriod is { } period)
            Budgets.Release(db, new BudgetKey(credit.JobId, Mode.Live, period), amount);
        if (credit.PurchaseId is { } purchase) PurchaseRefunds.GiveUp(db, purchase, amount);
    }

    private static void Require(DbConnection db, CreditId id, int changed)
    {
        if (changed == 0) throw new PaymentException($"{StateOf(Credits.Get(db, id))}; there is nothing to decide.");
    }

    internal static void RequireReason(string reason)
    {
        if (string.IsNullOrWhiteSpace(reason))
            throw new PaymentException(
                "Say why, for the customer and the books: --reason TEXT", RefusalCode.Invalid);
    }

    internal static string StateOf(Credit credit)
    {
        var (id, state) = (credit.Id, credit.State);
        if (state == CreditState.Pending) return $"Credit {id} still waits to be decided";
        if (state == CreditState.Settling) return $"Credit {id} is on its way to the customer";
        if (state == CreditState.Unknown) return $"Credit {id} may have been paid by {credit.Gateway}, nobody knows";
        if (state == CreditState.Settled) return $"Credit {id} was paid on {credit.SettledAt?.Iso()}";
        return state == CreditState.Failed
            ? $"Credit {id} is approved, but {credit.Gateway} refused it ({credit.Reason})"
            : $"Credit {id} is {state} already";
    }

    internal static void Append(DbConnection db, string action, Credit credit, Actor by, object detail, Instant now) =>
        AuditLog.Append(db, new AuditEvent(by.Id, action, $"credit:{credit.Id}", detail), now);

    private sealed record Approval(string Action, ActorId By, ActorId? Approver);
}
