using ProactiveCare.Ledger;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>Money owed by decisions.</summary>
public static class Credits
{
    /// <summary>Creates the credit of a decision, in the decision's transaction: pending when it is held, else approved
    /// and booked. A refund is promised on its purchase. Its budget, if any, was reserved before.</summary>
    /// <exception cref="PaymentException">The customer is unknown, or more would be refunded than was paid.</exception>
    public static CreditId Create(DbConnection db, NewCredit credit, Instant now)
    {
        var customer = db.First(
            "SELECT customer_number FROM customer WHERE customer_id = ?1", row => (long?)row.Number(0),
            credit.CustomerId)
            ?? throw new PaymentException($"There is no customer {credit.CustomerId} to credit.");
        var made = Make(db, [credit with { CustomerNumber = customer }], now);
        foreach (var owed in Owed(made)) Journal.Post(db, owed, now);
        return made[0].Id;
    }

    /// <summary>Creates credits like <see cref="Create"/>, for customers with known numbers; the caller posts the
    /// entries of <see cref="Owed"/> before the transaction ends.</summary>
    /// <exception cref="PaymentException">More would be refunded than was paid.</exception>
    internal static List<Credit> Make(DbConnection db, IReadOnlyList<NewCredit> credits, Instant now)
    {
        var ids = db.NextNumbers("credit", "credit_id", credits.Count);
        var made = credits.Select((credit, i) => New(new CreditId(ids[i]), credit, now)).ToList();
        PurchaseRefunds.Promise(db, made.FindAll(credit => credit.PurchaseId is not null));
        db.ForAll(
            """
            INSERT INTO credit (credit_id, case_id, decision_number, job_id, customer_id, customer_number,
              entitlement, family, kind, purchase_id, amount_minor, currency, state, hold_reason, budget_period,
              maker_id, decide_by_at, created_at, approved_at, gateway, replaces)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
            """,
            [.. made.Zip(credits, (credit, asked) => (credit, asked.Replaces))], each =>
            {
                var (credit, replaces) = each;
                return
                [
                    credit.Id, credit.CaseId, credit.DecisionNumber, credit.JobId, credit.CustomerId,
                    credit.CustomerNumber, credit.Entitlement, credit.Family, credit.Kind, credit.PurchaseId,
                    credit.AmountMinor, credit.Currency, credit.State, credit.HoldReason, credit.BudgetPeriod,
                    credit.MakerId, credit.DecideByAt, credit.CreatedAt, credit.ApprovedAt, credit.Gateway, replaces,
                ];
            });
        return made;
    }

    /// <summary>The entries for credits that were created.</summary>
    internal static IEnumerable<Entry> Owed(IEnumerable<Credit> made) => made
        .Where(credit => credit.HoldReason is null || credit.Entitlement.OwedAtOnce)
        .Select(credit => Bookings.Owed(credit, credit.MakerId));

    private static Credit New(CreditId id, NewCredit credit, Instant now)
    {
        if (credit.Amount.Minor <= 0)
            throw new PaymentException($"A credit of {credit.Amount} is none: it has to be more than nothing.");
        var (state, approvedAt) = credit.HoldReason is null
            ? (CreditState.Approved, (Instant?)now)
            : (CreditState.Pending, null);
        return new Credit(
            id, credit.CaseId, credit.DecisionNumber, credit.JobId, credit.CustomerId, credit.CustomerNumber!.Value,
            credit.Entitlement, credit.Family, credit.Kind, credit.PurchaseId, credit.Amount.Minor,
            credit.Amount.Currency, state, credit.HoldReason, credit.BudgetPeriod, credit.MakerId, null,
            credit.DecideByAt, now, approvedAt, null, null, credit.Kind.Gateway, null, null, null, 0, null);
    }

    /// <summary>One credit; null when there is none.</summary>
    public static Credit? Find(DbConnection db, CreditId id) =>
        db.First($"SELECT {Credit.Columns} FROM credit WHERE credit_id = ?1", Credit.Read, id);

    /// <summary>One credit.</summary>
    /// <exception cref="PaymentException">There is none.</exception>
    public static Credit Get(DbConnection db, CreditId id) =>
        Find(db, id) ?? throw new PaymentException(
            $"There is no credit {id}. Show them with: proactive-care credits list", RefusalCode.NotFound);

    /// <summary>Credits, oldest first; a null filters nothing.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="state">Their state.</param>
    /// <param name="job">The job that made them.</param>
    /// <param name="since">The earliest time of creation.</param>
    public static IReadOnlyList<Credit> List(
        DbConnection db, CreditState? state = null, JobId? job = null, Instant? since = null)
    {
        var where = Filters.Where(
            state is null ? null : "state = @state",
            job is null ? null : "job_id = @job",
            since is null ? null : "created_at >= @since");
        return
        [
            .. db.Query<Credit>(
                $"SELECT {Credit.Columns} FROM credit {where} ORDER BY credit_id",
                new { state, job, since }),
        ];
    }

    /// <summary>The credits of a case, oldest first.</summary>
    public static IReadOnlyList<Credit> OfCase(DbConnection db, CaseId id) =>
        [.. db.Query<Credit>($"SELECT {Credit.Columns} FROM credit WHERE case_id = @id ORDER BY credit_id",
            new { id })];

    /// <summary>Credits of a job that its andon holds, oldest first.</summary>
    internal static IReadOnlyList<CreditId> HeldByAndon(DbConnection db, JobId job, CreditId after, int most) =>
        db.All(
            """
            SELECT credit_id FROM credit WHERE job_id = ?1 AND hold_reason = 'andon' AND credit_id > ?2
            ORDER BY credit_id LIMIT ?3
            """,
            row => new CreditId(row.Number(0)), job, after, most);

    /// <summary>Credits of a job held for the budget, each no larger than its rest, oldest first.</summary>
    internal static IReadOnlyList<CreditId> HeldByBudget(
        DbConnection db, JobId job, Money left, CreditId after, int most) =>
        db.All(
            """
            SELECT credit_id FROM credit
            WHERE job_id = ?1 AND hold_reason = 'budget' AND currency = ?2 AND amount_minor <= ?3 AND credit_id > ?4
            ORDER BY credit_id LIMIT ?5
            """,
            row => new CreditId(row.Number(0)), job, left.Currency, left.Minor, after, most);
}

/// <summary>The refunded and promised amounts of a purchase; their sum never exceeds the amount paid, nor what others
/// had left of it at the time of the promise.</summary>
internal static class PurchaseRefunds
{
    /// <summary>Promises refunds on their purchases.</summary>
    /// <exception cref="PaymentException">One is more than its purchase has left, or not its customer's.</exception>
    public static void Promise(DbConnection db, IReadOnlyList<Credit> refunds)
    {
        var refused = db.ForAll(
            """
            UPDATE purchase SET pending_minor = pending_minor + ?3
            WHERE purchase_id = ?1 AND customer_id = ?2 AND currency = ?4
              AND refunded_minor + pending_minor + elsewhere_minor + ?3 <= amount_minor
            """,
            refunds, credit => [credit.PurchaseId, credit.CustomerId, credit.AmountMinor, credit.Currency]);
        if (refused is [var first, ..])
            throw new PaymentException(WhyNot(db, first.PurchaseId!.Value, first.CustomerId, first.Amount));
    }

    public static void GiveUp(DbConnection db, PurchaseId purchase, Money amount) =>
        Require(purchase, db.Execute(
            """
            UPDATE purchase SET pending_minor = pending_minor - @Minor
            WHERE purchase_id = @purchase AND currency = @Currency AND pending_minor >= @Minor
            """,
            new { purchase, amount.Minor, amount.Currency }));

    public static void Keep(DbConnection db, PurchaseId purchase, Money amount) =>
        Require(purchase, db.Run(
            """
            UPDATE purchase SET pending_minor = pending_minor - ?2, refunded_minor = refunded_minor + ?2
            WHERE purchase_id = ?1 AND currency = ?3 AND pending_minor >= ?2
            """,
            purchase, amount.Minor, amount.Currency));

    private static void Require(PurchaseId purchase, int changed)
    {
        if (changed == 0)
            throw new PaymentException(
                $"Purchase {purchase} does not promise that refund. Run: proactive-care ledger check");
    }

    private static string WhyNot(DbConnection db, PurchaseId purchase, CustomerId customer, Money amount)
    {
        var paid = db.QuerySingleOrDefault<Paid>(
            """
            SELECT customer_id, currency, amount_minor AS minor, refunded_minor + elsewhere_minor AS refunded,
              pending_minor AS pending
            FROM purchase WHERE purchase_id = @purchase
            """,
            new { purchase });
        if (paid is null) return $"There is no purchase {purchase} to refund.";
        if (paid.CustomerId != customer) return $"Purchase {purchase} is not one of customer {customer}.";
        if (paid.Currency != amount.Currency)
            return $"Purchase {purchase} was paid in {paid.Currency}; it cannot be refunded in {amount.Currency}.";
        return $"A refund of {amount} is more than purchase {purchase} has left: "
            + $"{new Money(paid.Minor, paid.Currency)} were paid, "
            + $"{new Money(paid.Refunded, paid.Currency)} are refunded "
            + $"and {new Money(paid.Pending, paid.Currency)} promised.";
    }

    private sealed record Paid(CustomerId CustomerId, Currency Currency, long Minor, long Refunded, long Pending);
}

/// <summary>The entries of a credit's steps; each is posted once.</summary>
internal static class Bookings
{
    public static void Owe(DbConnection db, Credit credit, ActorId by, Instant now) =>
        Journal.Post(db, Owed(credit, by), now);

    /// <summary>The entry of <see cref="Owe"/>.</summary>
    public static Entry Owed(Credit credit, ActorId by) =>
        Of(credit, new Step("owed", by, credit.CostAccount, Account.Customer(credit.CustomerNumber)));

    public static void Pay(DbConnection db, Credit credit, ActorId by, string from, Instant now) =>
        Post(db, credit, new Step("settled", by, Account.Customer(credit.CustomerNumber), from), now);

    /// <summary>Takes the cost of a credit back: from the customer's claim, from billing, or from what is written
    /// off.</summary>
    public static void TakeBack(
        DbConnection db, Credit credit, ActorId by, string reason, Instant now, CreditState? how = null)
    {
        var from = how == CreditState.Debited ? Account.Billing
            : how == CreditState.WrittenOff ? Account.WrittenOff(credit.JobId)
            : Account.Customer(credit.CustomerNumber);
        var entry = Of(credit, new Step((how ?? CreditState.Reversed).Text, by, from, credit.CostAccount));
        Journal.Post(db, entry with { Memo = $"{entry.Memo}: {HarmlessText.OneLine(reason)}" }, now);
    }

    /// <summary>The part of a booked credit that others gave, taken back; all of it reverses the credit.</summary>
    public static void Reduce(DbConnection db, Credit credit, Money less, ActorId by, string why, Instant now)
    {
        if (less == credit.Amount) TakeBack(db, credit, by, why, now);
        else
        {
            var part = credit with { AmountMinor = less.Minor };
            var step = new Step("reduced", by, Account.Customer(credit.CustomerNumber), credit.CostAccount)
            {
                Number = string.Create(CultureInfo.InvariantCulture, $":{credit.ReducedMinor + less.Minor}"),
            };
            Post(db, part, step, now);
        }
    }

    private static void Post(DbConnection db, Credit credit, Step step, Instant now) =>
        Journal.Post(db, Of(credit, step), now);

    private static Entry Of(Credit credit, Step step)
    {
        var amount = credit.Amount;
        List<Posting> postings = [new(step.Debit, amount), new(step.Credit, amount with { Minor = -amount.Minor })];
        var memo = $"{credit.Entitlement} {credit.Kind} of {credit.JobId}, case {credit.CaseId}";
        return new Entry($"credit.{step.Name}", $"credit:{credit.Id}:{step.Name}{step.Number}", step.By, memo, postings)
        {
            CaseId = credit.CaseId,
            CreditId = credit.Id,
        };
    }

    private sealed record Step(string Name, ActorId By, string Debit, string Credit)
    {
        // Distinguishes steps that a credit takes more than once.
        public string Number { get; init; } = "";
    }
}
