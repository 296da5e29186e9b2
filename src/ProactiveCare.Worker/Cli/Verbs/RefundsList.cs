using ProactiveCare.Payments;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists payments that billing has not answered.</summary>
internal sealed class RefundsList : PlainVerb
{
    private readonly Option<bool> overdue = new("--overdue")
    { Description = "Only those that billing has had for longer than a day." };

    private readonly Option<string?> customer = SharedOptions.OnlyCustomer();

    public RefundsList() : base(
        "list", "Lists refunds and account credits that were handed to billing and are not answered.",
        "proactive-care refunds list --overdue")
    {
        Add(overdue);
        Add(customer);
    }

    protected override int Show(Session session)
    {
        var now = session.Time.Now();
        var all = session.Read(HandedOver.List);
        var open = all.Where(one =>
            (!session.Get(overdue) || one.IsOverdue(now))
            && (session.Get(customer) is not { } id || one.CustomerId.Value == id)).ToList();
        session.Answer(open.Select(one => Form(one, now)).ToList(), to =>
        {
            if (open.Count == 0)
            {
                to.Line(all.Count == 0
                    ? "Billing has answered everything that it was handed."
                    : "Nothing of that waits for billing. All of it: proactive-care refunds list");
                return;
            }
            to.Table(
                [
                    "file", new("line", Right: true), new("credit", Right: true), "customer", "purchase", "reference",
                    new("amount", Right: true), "handed over", "age",
                ],
                open.Select(one => new[]
                {
                    one.File, one.Line.ToString(CultureInfo.InvariantCulture), one.CreditId.ToString(),
                    one.CustomerId.Value, one.PurchaseId?.Value ?? (one.IsDebit ? "debit of the account" : "account"),
                    one.PaymentRef, one.Amount.ToString(), one.HandedOverAt.On(session.Zone),
                    Phrases.Span(now - one.HandedOverAt) + (one.IsOverdue(now) ? ", overdue" : ""),
                }));
            to.Line($"{Phrases.Count(open.Count, "payment")}, {Phrases.Sums(open.Select(one => one.Amount))}; "
                + $"overdue: {open.Count(one => one.IsOverdue(now))}");
            to.Line($"To answer:  proactive-care refunds answer {open[0].CreditId} --accepted --reference TEXT");
            to.Line($"            proactive-care refunds answer {open[0].CreditId} --rejected --reason TEXT");
        });
        return Failures.Done;
    }

    private static object Form(HandedOver one, Instant now) => new
    {
        one.File,
        one.Line,
        one.CreditId,
        one.JobId,
        one.CustomerId,
        one.PurchaseId,
        one.PaymentRef,
        amount = one.Amount.Decimal,
        one.Currency,
        one.IsDebit,
        one.HandedOverAt,
        ageSeconds = (long)(now - one.HandedOverAt).TotalSeconds,
        overdue = one.IsOverdue(now),
    };
}
