using NodaTime;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Cases;

public sealed class DecideTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 3, 14, 12, 0);

    private static readonly Job Refunds = Shipped.Job("slow-video-stream");

    internal static readonly Facts Due = new()
    {
        Finding = new Finding("purchase:p", new CustomerId("c"), "purchase:p", Noon, null, false, new PurchaseId("p"),
            "{}"),
        Now = Noon + Duration.FromHours(1),
        Customer = new CustomerFacts(1, "active", null, Currency.Of("USD")),
        Purchase = new PurchaseFacts(
            new CustomerId("c"), "rental", "Arrival", Money.Parse("4.99 USD"), Money.Parse("0.00 USD")),
        Draw = 0.9m,
        Contacted = false,
        Given = 0,
        RecentCredits = 0,
        Andon = false,
        BudgetReserved = true,
    };

    [Fact]
    public void Due_amount_is_paid_in_full() =>
        Assert.Equal(
            new Verdict(Outcome.Pay, null, Money.Parse("4.99 USD"), Money.Parse("4.99 USD"), new PurchaseId("p"),
                false),
            Decide.On(Refunds, Due));

    [Fact]
    public void Refund_is_bounded_by_its_limit_and_the_amount_not_yet_refunded()
    {
        var dear = Due.Purchase! with { Paid = Money.Parse("24.00 USD") };
        Assert.Equal(Money.Parse("20.00 USD"), Decide.On(Refunds, Due with { Purchase = dear }).Pays);
        var mostlyBack = Due.Purchase! with { Returned = Money.Parse("4.00 USD") };
        Assert.Equal(Money.Parse("0.99 USD"), Decide.On(Refunds, Due with { Purchase = mostlyBack }).Pays);
    }

    [Fact]
    public void Later_decision_pays_only_the_difference()
    {
        var returned = Due.Purchase! with { Returned = Money.Parse("2.00 USD") };
        var verdict = Decide.On(Refunds, Due with { Purchase = returned, Given = 200 });
        Assert.Equal((Money.Parse("4.99 USD"), Money.Parse("2.99 USD")), (verdict.Target, verdict.Pays));
        var all = Due.Purchase! with { Returned = Money.Parse("4.99 USD") };
        Assert.Equal(Reason.GivenAlready, Decide.On(Refunds, Due with { Purchase = all, Given = 499 }).Reason);
    }

    [Fact]
    public void First_stage_to_object_gives_the_reason()
    {
        var everythingWrong = Due with { Customer = null, Purchase = null, CaredForBy = new CaseId(3), Andon = true };
        Assert.Equal((Outcome.Wait, Reason.CustomerNotArrived), On(everythingWrong));
        var late = everythingWrong with { Now = Noon + Duration.FromDays(15) };
        Assert.Equal((Outcome.Refuse, Reason.CustomerNeverArrived), On(late));
        var known = everythingWrong with { Customer = Due.Customer };
        Assert.Equal((Outcome.Wait, Reason.PurchaseNotArrived), On(known));
        Assert.Equal((Outcome.Refuse, Reason.CaredForAlready), On(known with { Purchase = Due.Purchase }));
        var disputed = Due with { Andon = true, GivenElsewhere = new GivenElsewhere("bank", Noon, true) };
        Assert.Equal((Outcome.Wait, Reason.OpenDispute), On(disputed));
        Assert.Equal(
            (Outcome.Refuse, Reason.RefundedElsewhere),
            On(disputed with { GivenElsewhere = new GivenElsewhere("bank", Noon) }));
        Assert.Equal((Outcome.Hold, Reason.LimitReview),
            On(Due with { RecentCredits = 3, Andon = true, BudgetReserved = false }));
        Assert.Equal((Outcome.Hold, Reason.Andon), On(Due with { Andon = true, BudgetReserved = false }));
        Assert.Equal((Outcome.Hold, Reason.Budget), On(Due with { BudgetReserved = false }));
    }

    [Fact]
    public void Currency_without_a_limit_needs_a_person_and_is_not_capped()
    {
        var yen = Due.Purchase! with { Paid = Money.Parse("50000 JPY"), Returned = Money.Parse("0 JPY") };
        var verdict = Decide.On(Refunds, Due with { Purchase = yen, BudgetReserved = null });
        Assert.Equal((Outcome.Hold, Reason.NoLimitForCurrency), (verdict.Outcome, verdict.Reason));
        Assert.Equal(Money.Parse("50000 JPY"), verdict.Pays);
    }

    [Theory]
    [InlineData("EUR", "EUR", "USD", "USD", "USD")]
    [InlineData("EUR", null, "EUR", "USD", "USD")]
    [InlineData("EUR", null, null, "EUR", "USD")]
    [InlineData("USD", null, null, "USD", "EUR")]
    [InlineData("EUR", null, null, null, "EUR")]
    [InlineData("wait currency-not-known", null, null, null, null)]
    [InlineData("wait no-amount-for-currency", "JPY", "USD", "USD", "USD")]
    [InlineData("wait no-amount-for-currency", null, null, "JPY", "USD")]
    [InlineData("wait no-amount-for-currency", null, null, null, "JPY")]
    public void Credit_is_in_the_first_currency_that_is_known_and_never_in_the_first_of_a_list(
        string expected, string? before, string? purchase, string? customer, string? company)
    {
        var credit = Refunds with
        {
            Remedy = new CreditRemedy([Money.Parse("1.00 USD"), Money.Parse("0.90 EUR")]),
        };
        var facts = Due with
        {
            GivenIn = Code(before),
            Purchase = purchase is null ? null : Due.Purchase! with
            {
                Paid = new Money(499, Currency.Of(purchase)), Returned = new Money(0, Currency.Of(purchase)),
            },
            Customer = Due.Customer! with { Currency = Code(customer) },
            CompanyCurrency = Code(company),
        };
        var verdict = Decide.On(credit, facts);
        Assert.Equal(expected, verdict.Pays?.Currency.Code ?? $"{verdict.Outcome} {verdict.Reason}");
        Assert.Equal(verdict, Decide.On(credit, FactsJson.Read(FactsJson.Write(facts))));

        static Currency? Code(string? code) => code is null ? null : Currency.Of(code);
    }

    [Fact]
    public void Sum_given_in_one_currency_is_not_taken_off_one_in_another()
    {
        var verdict = Decide.On(Refunds, Due with { Given = 100, GivenIn = Currency.Of("EUR") });
        Assert.Equal((Outcome.Refuse, Reason.GivenAlready, null), (verdict.Outcome, verdict.Reason, verdict.Pays));
    }

    [Fact]
    public void Hold_out_has_its_share_until_credited_and_excludes_contacting_customers()
    {
        var measured = Refunds with { Rollout = Refunds.Rollout with { HoldOut = 0.1m } };
        var held = Due with { Draw = 0.05m };
        Assert.Equal(Outcome.HoldOut, Decide.On(measured, held).Outcome);
        Assert.Equal(Outcome.Pay, Decide.On(measured, held with { Draw = 0.1m }).Outcome);
        Assert.Equal(Outcome.Pay, Decide.On(measured, held with { Contacted = true }).Outcome);
        var since = held with { HeldOutAt = Noon, Now = Noon + measured.Rollout.MakeGood };
        Assert.Equal(Outcome.Pay, Decide.On(measured, since).Outcome);
    }

    [Fact]
    public void Doubtful_findings_favour_the_customer_and_are_marked()
    {
        var doubtful = Due with { Finding = Due.Finding with { InDoubt = true } };
        var verdict = Decide.On(Refunds, doubtful);
        Assert.Equal((Outcome.Pay, true), (verdict.Outcome, verdict.InDoubt));
    }

    [Fact]
    public void Facts_survive_storage_unchanged()
    {
        var facts = Due with { HeldOutAt = Noon, CaredForBy = new CaseId(7),
            GivenElsewhere = new GivenElsewhere("agent", Noon) };
        Assert.Equal(facts, FactsJson.Read(FactsJson.Write(facts)));
    }

    private static (Outcome, Reason?) On(Facts facts) =>
        Decide.On(Refunds, facts) is var verdict ? (verdict.Outcome, verdict.Reason) : default;
}
