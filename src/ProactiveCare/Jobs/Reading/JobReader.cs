using System.Collections.Frozen;
using ProactiveCare.Payments;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>Binds the keys of <c>job.yaml</c> by hand, so that a value has its line, key and bounds.</summary>
internal static class JobReader
{
    /// <summary>The keys of <c>job.yaml</c>. The keys of <c>detect.parameters</c> are the author's own.</summary>
    public static KeyTable Table { get; } = new(
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            [""] =
            [
                "id", "description", "owner", "entitlement", "schedule", "detect", "remedy", "exclude", "limits",
                "notice", "rollout",
            ],
            ["schedule"] = ["cron", "timeZone", "catchUp", "expectEvery"],
            ["detect"] = ["sql", "hazard", "source", "settle", "look", "parameters", "rowCap", "timeout"],
            ["detect.hazard"] = ["events", "severities"],
            ["remedy"] = ["refund", "otherwise", "credit", "notice"],
            ["remedy.refund"] = ["of", "share", "atMost"],
            ["remedy.otherwise"] = ["credit"],
            ["exclude"] = ["status", "plan", "purchaseKind"],
            ["limits"] = ["perCustomer", "budget", "approval"],
            ["limits.perCustomer"] = ["count", "in"],
            ["limits.budget"] = ["amount", "per"],
            ["limits.approval"] = ["above", "decideWithin"],
            ["notice"] = ["topic", "urgency"],
            ["rollout"] = ["mode", "holdOut", "makeGood"],
        }.ToFrozenDictionary(StringComparer.Ordinal),
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            [""] = ["incident", "family", "payBy", "ladder"],
            ["detect"] = ["outage", "postgresql"],
            ["remedy"] = ["alternative", "table"],
            ["limits"] = ["payBy"],
        }.ToFrozenDictionary(StringComparer.Ordinal));

    private const string CronForms =
        "It has six fields, seconds, minutes, hours, day of month, month and day of week, and one of the two days is a "
        + "question mark: 0 0/5 * * * ? is every 5 minutes, 0 30 6 * * ? at 06:30 every day, 0 0 8 ? * MON-FRI at "
        + "08:00 Monday to Friday, 0 0 7 1 * ? at 07:00 on day 1 of the month, 0 0 7 L * ? on its last day.";

    private static readonly string[] Remedies = ["refund", "credit", "notice"];

    /// <summary>The job as far as it could be read; valid only when no problem was added.</summary>
    public static Job Read(YamlMap map, JobFolder folder, Func<string, string?> cronError, Problems problems)
    {
        var top = new KeyReader(map, Table, problems);
        var remedy = RemedyOf(top);
        var job = new Job
        {
            Id = new JobId(top.Need("id", Scalars.Name, "")),
            Description = top.Need("description", Scalars.Text(500), ""),
            Owner = top.Need("owner", Scalars.Email, ""),
            Entitlement = top.Need("entitlement", EntitlementOf, Entitlement.Goodwill),
            Schedule = Schedule(top.NeedMap("schedule"), cronError),
            Detect = DetectorReader.Read(top.NeedMap("detect"), folder),
            Remedy = remedy,
            Exclude = Exclude(top.Section("exclude")),
            Limits = Limits(top, pays: remedy is not NoticeOnly),
            Notice = Notice(top.NeedMap("notice")),
            Rollout = Rollout(top.NeedMap("rollout")),
            Folder = folder,
        };
        if (job.Notice.Urgent && job.Rollout.HoldOut > 0)
            top.Problem("rollout", "holdOut must be 0% for an urgent notice: a warning of danger is never held out.");
        return job;
    }

    private static Entitlement EntitlementOf(string text) => text switch
    {
        "goodwill" => Entitlement.Goodwill,
        "contract" or "statutory" =>
            throw new FormatException($"'{text}' is not supported by this version; only goodwill is."),
        _ => throw new FormatException($"must be goodwill, but is '{Shown(text)}'."),
    };

    private static JobSchedule Schedule(KeyReader keys, Func<string, string?> cronError)
    {
        var day = Duration.FromDays(1);
        return new JobSchedule(
            keys.Need("cron", Cron, ""),
            keys.Need("timeZone", Scalars.Zone, DateTimeZone.Utc),
            keys.Or("catchUp", Scalars.Duration("1m", "31d"), day),
            keys.Need("expectEvery", Scalars.Duration("1m", "400d"), day));

        string Cron(string text) => cronError(text) is { } error
            ? throw new FormatException(
                $"'{Shown(text)}' is not a Quartz cron expression: {Shown(error.TrimEnd('.'))}. {CronForms}")
            : text;
    }

    private static Exclusions Exclude(KeyReader keys) => new(
        keys.Many("status", Scalars.Text(64)),
        keys.Many("plan", Scalars.Text(64)),
        keys.Many("purchaseKind", Scalars.Text(64)));

    private static NoticePolicy Notice(KeyReader keys) => new(
        keys.Need("topic", Scalars.Name, ""),
        keys.Or("urgency", Scalars.OneOf("normal", "urgent"), "normal") == "urgent");

    private static Rollout Rollout(KeyReader keys) => new(
        keys.Need("mode", Scalars.OneOf("live", "shadow"), "shadow") == "shadow",
        keys.Or("holdOut", Scalars.Percent(0m, 0.5m), 0m),
        keys.Or("makeGood", Scalars.Duration("1d", "90d"), Duration.FromDays(14)));

    private static Remedy RemedyOf(KeyReader top)
    {
        var keys = top.NeedMap("remedy");
        var given = Remedies.Where(keys.Has).ToArray();
        if (given.Length != 1 && top.Find("remedy") is YamlMap)
        {
            top.Problem("remedy", given.Length == 0
                ? "must have one of refund, credit or notice."
                : $"must have one of refund, credit or notice, but has {string.Join(" and ", given)}.");
        }

        if (keys.Has("otherwise") && !keys.Has("refund"))
            keys.Problem("otherwise", "stands only beside a refund: it is for when there is no purchase to refund.");
        // Every remedy that is present is read, so that its own errors are reported as well.
        var refund = keys.Has("refund") ? Refund(keys) : null;
        var credit = keys.Has("credit") ? new CreditRemedy(Amounts(keys, "credit")) : null;
        if (keys.Has("notice"))
            keys.Need("notice", Scalars.OneOf("only"), "only");
        return refund ?? credit ?? (Remedy)new NoticeOnly();
    }

    private static JobLimits Limits(KeyReader top, bool pays)
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

    private static RefundRemedy Refund(KeyReader remedy)
    {
        var otherwise = remedy.Map("otherwise");
        if (remedy.Map("refund") is not { } keys)
            return new RefundRemedy(1m, [], otherwise is null ? [] : Amounts(otherwise, "credit"));
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
