namespace ProactiveCare.Jobs.Reading;

/// <summary>Reads what a customer gets and what bounds it.</summary>
internal static class RemedyReader
{
    private static readonly string[] Kinds = ["refund", "credit", "notice"];

    public static Remedy Read(KeyReader top)
    {
        var keys = top.NeedMap("remedy");
        if (keys is null)
            return new NoticeOnly();
        var given = Kinds.Where(keys.Has).ToArray();
        if (given.Length != 1)
        {
            top.Problem("remedy", given.Length == 0
                ? "must have one of refund, credit or notice."
                : $"must have one of refund, credit or notice, but has {string.Join(" and ", given)}.");
        }

        if (keys.Has("otherwise") && !keys.Has("refund"))
            keys.Problem("otherwise", "stands only beside a refund: it is for when there is no purchase to refund.");
        // Every kind that is there is read, so that its own errors are told as well.
        var refund = keys.Has("refund") ? Refund(keys.Map("refund"), keys.Map("otherwise")) : null;
        var credit = keys.Has("credit") ? new CreditRemedy(Amounts(keys, "credit")) : null;
        if (keys.Has("notice"))
            keys.Need("notice", Scalars.OneOf("only"), "only");
        return refund ?? credit ?? (Remedy)new NoticeOnly();
    }

    public static JobLimits Limits(KeyReader top, bool pays)
    {
        var keys = top.Map("limits");
        var budget = keys?.Map("budget");
        if (pays && keys?.Has("budget") != true)
            (keys ?? top).Problem(keys is null ? "limits" : "budget", "is missing: who gives money has a budget.");
        if (!pays && budget is not null)
            keys!.Problem("budget", "bounds nothing: this job gives no money. Leave it out.");
        if (!pays && keys?.Has("approval") == true)
            keys.Problem("approval", "bounds nothing: this job gives no money. Leave it out.");
        if (budget is not null)
            budget.Need("per", Scalars.OneOf("day"), "day");
        return new JobLimits(
            keys?.Map("perCustomer") is { } customer
                ? new CustomerLimit(
                    customer.Need("count", Scalars.Whole(1, 1000), 1),
                    customer.Need("in", Scalars.Duration("1h", "3660d"), default))
                : null,
            budget is null ? [] : Amounts(budget, "amount"),
            keys?.Map("approval") is { } approval
                ? new ApprovalRule(
                    Amounts(approval, "above"),
                    approval.Need("decideWithin", Scalars.Duration("1m", "30d"), default))
                : null);
    }

    private static RefundRemedy Refund(KeyReader? keys, KeyReader? otherwise)
    {
        if (keys is null)
            return new RefundRemedy(1m, [], []);
        keys.Need("of", Scalars.OneOf("purchase"), "purchase");
        return new RefundRemedy(
            keys.Or("share", Scalars.Percent(0.0001m, 1m), 1m),
            Amounts(keys, "atMost"),
            otherwise is null ? [] : Amounts(otherwise, "credit"));
    }

    private static IReadOnlyList<Money> Amounts(KeyReader keys, string key)
    {
        if (!keys.Has(key))
            keys.Problem(key, "is missing: name an amount for each currency, such as [20.00 USD, 20.00 EUR].");
        var amounts = keys.Many(key, Scalars.Amount);
        var twice = amounts.GroupBy(a => a.Currency).Where(g => g.Distinct().Count() > 1);
        foreach (var currency in twice)
            keys.Problem(key, $"gives two amounts in {currency.Key}; one for each currency.");
        return amounts;
    }
}
