using NodaTime;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Cases;

/// <summary>Each stage of the decision on both sides of its bound, alone.</summary>
public sealed class DecideStagesTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 3, 14, 12, 0);
    private static readonly Job Refunds = Shipped.Job("slow-video-stream");
    private static readonly Duration Look = Refunds.Detect.Look;

    private static readonly Facts Due = DecideTests.Due with
    {
        Now = Noon,
        Customer = new CustomerFacts(1, "active", "family", Currency.Of("USD")),
    };

    private static readonly Facts OnAccount = Due with
    {
        Finding = Due.Finding with { PurchaseId = null, Subject = "viewing:Arrival", ServiceEvent = "viewing:Arrival" },
        Purchase = null,
    };

    [Fact]
    public void Missing_row_is_waited_for_as_long_as_the_job_looks_and_no_longer()
    {
        var last = Due with { Now = Noon + Look };
        var over = Due with { Now = Noon + Look + Duration.FromMilliseconds(1) };
        Assert.Equal("wait customer-not-arrived", On(last with { Customer = null }));
        Assert.Equal("refuse customer-never-arrived", On(over with { Customer = null }));
        Assert.Equal("wait purchase-not-arrived", On(last with { Purchase = null }));
        Assert.Equal("refuse purchase-never-arrived", On(over with { Purchase = null }));
        Assert.Equal("pay 4.99 USD", On(over));
    }

    [Fact]
    public void Purchase_must_be_of_the_customer_and_matters_to_refunds_alone()
    {
        var another = Due with { Purchase = Due.Purchase! with { CustomerId = new CustomerId("d") } };
        Assert.Equal("refuse purchase-of-another-customer", On(another));
        var credits = Refunds with { Remedy = new CreditRemedy([Money.Parse("2.00 USD")]) };
        Assert.Equal("pay 2.00 USD", On(another, credits));
        Assert.Equal("pay 2.00 USD", On(Due with { Purchase = null }, credits));
    }

    [Theory]
    [InlineData("agent", false, "refuse refunded-elsewhere")]
    [InlineData("dispute", false, "refuse refunded-elsewhere")]
    [InlineData("dispute", true, "wait open-dispute")]
    public void Money_given_elsewhere_is_not_given_again(string by, bool isOpen, string verdict) =>
        Assert.Equal(verdict, On(Due with { GivenElsewhere = new GivenElsewhere(by, Noon, isOpen) }));

    [Theory]
    [InlineData("closed", "gold", "live-event", "pay 4.99 USD")]
    [InlineData("active", "gold", "live-event", "refuse excluded-status")]
    [InlineData("closed", "family", "live-event", "refuse excluded-plan")]
    [InlineData("closed", "gold", "rental", "refuse excluded-purchase-kind")]
    public void Exclusions_leave_out_what_they_name_and_nothing_else(
        string status, string plan, string kind, string verdict)
    {
        var job = Refunds with { Exclude = new Exclusions([status], [plan], [kind]) };
        Assert.Equal(verdict, On(Due, job));
        var without = Due with { Customer = Due.Customer! with { Plan = null } };
        Assert.Equal(plan == "family" ? "pay 4.99 USD" : verdict, On(without, job));
        Assert.Equal(
            kind == "rental" ? "pay 1.00 USD" : verdict.Replace("4.99", "1.00", StringComparison.Ordinal),
            On(OnAccount, job));
    }

    [Fact]
    public void Hold_out_applies_to_new_goodwill_that_is_not_urgent()
    {
        var measured = Refunds with { Rollout = Refunds.Rollout with { HoldOut = 0.1m } };
        var drawn = Due with { Draw = 0.05m };
        Assert.Equal("hold-out held-out", On(drawn, measured));
        Assert.Equal("pay 4.99 USD", On(drawn, measured with { Notice = measured.Notice with { Urgent = true } }));
        Assert.Equal("tell", On(drawn, measured with { Remedy = new NoticeOnly() }));
        var given = drawn with { Given = 100, Purchase = Due.Purchase! with { Returned = Money.Parse("1.00 USD") } };
        Assert.Equal("pay 3.99 USD", On(given, measured));
        var almost = drawn with { HeldOutAt = Noon, Now = Noon + measured.Rollout.MakeGood - Duration.Epsilon };
        Assert.Equal("hold-out held-out", On(almost, measured));
    }

    [Fact]
    public void Job_without_money_tells_and_keeps_the_doubt()
    {
        var alerts = Refunds with { Remedy = new NoticeOnly() };
        var verdict = Decide.On(alerts, Due with { Finding = Due.Finding with { InDoubt = true } });
        Assert.Equal(new Verdict(Outcome.Tell, null, null, null, null, true), verdict);
    }

    [Fact]
    public void Account_credit_is_in_the_currency_of_the_customer()
    {
        Assert.Equal("pay 1.00 USD", On(OnAccount));
        Assert.Equal("pay 1.00 EUR", On(In("EUR")));
        Assert.Null(Decide.On(Refunds, OnAccount).PurchaseId);
        Assert.Equal("wait no-amount-for-currency", On(In("JPY") with { Now = Noon + Look }));
        Assert.Equal(
            "refuse no-amount-for-currency", On(In("JPY") with { Now = Noon + Look + Duration.FromMilliseconds(1) }));
        var none = Refunds with { Remedy = new RefundRemedy(1m, [Money.Parse("20.00 USD")], []) };
        Assert.Equal("refuse nothing-left-to-refund", On(OnAccount, none));

        static Facts In(string currency) => OnAccount with
        {
            Customer = Due.Customer! with { Currency = Currency.Of(currency) },
        };
    }

    [Fact]
    public void Refund_is_a_share_of_its_basis_and_never_more_than_is_left()
    {
        var half = Refunds with { Remedy = new RefundRemedy(0.5m, [Money.Parse("20.00 USD")], []) };
        Assert.Equal("pay 2.50 USD", On(Due, half));
        Assert.Equal("pay 1.00 USD", On(Due with { Finding = Due.Finding with { AmountBasis = 200 } }, half));
        Assert.Equal("pay 0.01 USD", On(Returned("4.98 USD")));
        Assert.Equal("refuse nothing-left-to-refund", On(Returned("4.99 USD")));
        Assert.Equal(new PurchaseId("p"), Decide.On(Refunds, Due).PurchaseId);

        static Facts Returned(string amount) =>
            Due with { Purchase = Due.Purchase! with { Returned = Money.Parse(amount) } };
    }

    [Fact]
    public void Currency_needs_each_limit_that_the_job_has()
    {
        var refund = (RefundRemedy)Refunds.Remedy;
        Money[] euros = [Money.Parse("20.00 EUR")];
        Assert.Equal("hold no-limit-for-currency", On(Due, Refunds with { Remedy = refund with { AtMost = euros } }));
        var noBudget = Refunds with { Limits = Refunds.Limits with { DailyBudget = euros } };
        Assert.Equal("hold no-limit-for-currency", On(Due, noBudget));
        var approval = Refunds.Limits.Approval!;
        var unapproved = Refunds.Limits with { Approval = approval with { Above = euros } };
        Assert.Equal("hold no-limit-for-currency", On(Due, Refunds with { Limits = unapproved }));
        Assert.Equal(
            "pay 4.99 USD", On(Due, Refunds with { Limits = Refunds.Limits with { Approval = null } }));
        Assert.Equal("pay 1.00 USD", On(OnAccount, Refunds with { Remedy = refund with { AtMost = euros } }));
        var credit = Refunds with { Remedy = new CreditRemedy([Money.Parse("3.00 USD")]) };
        Assert.Equal("pay 3.00 USD", On(Due, credit));
    }

    [Fact]
    public void Amount_at_a_limit_is_paid_and_above_it_a_person_decides()
    {
        Assert.Equal("pay 25.00 USD", On(Costs("25.00 USD"), Uncapped));
        Assert.Equal("hold approval", On(Costs("25.01 USD"), Uncapped));
        Assert.Equal("hold andon", On(Costs("25.01 USD") with { Andon = true }, Uncapped));
        var limit = Refunds.Limits.PerCustomer!.Count;
        Assert.Equal("pay 4.99 USD", On(Due with { RecentCredits = limit - 1 }));
        Assert.Equal("hold limit-review", On(Due with { RecentCredits = limit }));
        var unlimited = Refunds with { Limits = Refunds.Limits with { PerCustomer = null } };
        Assert.Equal("pay 4.99 USD", On(Due with { RecentCredits = 100 }, unlimited));
        Assert.Equal("pay 4.99 USD", On(Due with { BudgetReserved = null }));

        static Facts Costs(string amount) => Due with { Purchase = Due.Purchase! with { Paid = Money.Parse(amount) } };
    }

    private static Job Uncapped => Refunds with
    {
        Remedy = (RefundRemedy)Refunds.Remedy with { AtMost = [Money.Parse("100.00 USD")] },
    };

    private static string On(Facts facts, Job? job = null)
    {
        var verdict = Decide.On(job ?? Refunds, facts);
        var why = verdict.Outcome == Outcome.Pay ? $"{verdict.Pays}" : $"{verdict.Reason}";
        return $"{verdict.Outcome} {why}".Trim();
    }
}
