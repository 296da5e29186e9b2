using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Jobs;

/// <summary>One thing that differs between two versions of a job.</summary>
/// <param name="Key">The key of <c>job.yaml</c>, or the file, that differs.</param>
/// <param name="From">The old value; null when it was absent. A file is named by the start of its hash.</param>
/// <param name="To">The new value; null when it is absent.</param>
/// <param name="ChangesMoney">Whether it can change who is helped or what they receive.</param>
public sealed record JobChange(string Key, string? From, string? To, bool ChangesMoney)
{
    /// <summary>The lines that differ, in the unified form; empty for a key and for a file that is no text.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>The change on one line.</summary>
    public override string ToString() => $"{Key}: {From ?? "(none)"} -> {To ?? "(none)"}";
}

/// <summary>The differences between two versions of a job, by the meaning of values: another spelling, order of keys or
/// comment in <c>job.yaml</c> is none.</summary>
public static class JobDiff
{
    private static readonly string[] WithoutMoney =
        ["description", "owner", "schedule.", "notice.", "examples.yaml", "detect.timeout"];

    /// <summary>All changes, by key; none when the versions are equivalent.</summary>
    public static IReadOnlyList<JobChange> Between(Job from, Job to)
    {
        var (before, after) = (Facts(from), Facts(to));
        return
        [
            .. before.Keys.Union(after.Keys)
                .Order(StringComparer.Ordinal)
                .Select(key => (key, was: before.GetValueOrDefault(key), now: after.GetValueOrDefault(key)))
                .Where(fact => fact.was != fact.now)
                .Select(fact => new JobChange(fact.key, fact.was, fact.now, IsMoney(fact.key))
                {
                    Lines = Text(from, fact.key) is { } before && Text(to, fact.key) is { } after
                        ? LineDiff.Unified(before, after)
                        : [],
                }),
        ];
    }

    // A file that is absent has no lines; a key is no file.
    private static string? Text(Job job, string key) => job.Folder.Files.TryGetValue(key, out var bytes)
        ? YamlTree.Decode(bytes)
        : Path.GetExtension(key) is ".sql" or ".md" or ".yaml" ? ""
        : null;

    /// <summary>Whether the step from one version to the next can change who is helped or what they receive.</summary>
    public static bool ChangesMoney(Job from, Job to) => Between(from, to).Any(change => change.ChangesMoney);

    // Anything unforeseen counts as money: a needless question is cheaper than a missing one.
    private static bool IsMoney(string key) =>
        !WithoutMoney.Any(free => free.EndsWith('.') ? key.StartsWith(free, StringComparison.Ordinal) : key == free);

    private static SortedDictionary<string, string?> Facts(Job job)
    {
        var facts = new SortedDictionary<string, string?>(StringComparer.Ordinal)
        {
            ["id"] = job.Id.Value,
            ["description"] = job.Description,
            ["owner"] = job.Owner,
            ["entitlement"] = job.Entitlement.Text,
            ["schedule.cron"] = job.Schedule.Cron,
            ["schedule.timeZone"] = job.Schedule.TimeZone.Id,
            ["schedule.catchUp"] = Scalars.DurationShort(job.Schedule.CatchUp),
            ["schedule.expectEvery"] = Scalars.DurationShort(job.Schedule.ExpectEvery),
            ["exclude.status"] = Words(job.Exclude.Status),
            ["exclude.plan"] = Words(job.Exclude.Plan),
            ["exclude.purchaseKind"] = Words(job.Exclude.PurchaseKind),
            ["notice.topic"] = job.Notice.Topic,
            ["notice.urgency"] = job.Notice.Urgent ? "urgent" : "normal",
            ["rollout.mode"] = job.Rollout.Shadow ? "shadow" : "live",
            ["rollout.holdOut"] = Scalars.PercentText(job.Rollout.HoldOut),
            ["rollout.makeGood"] = Scalars.DurationShort(job.Rollout.MakeGood),
        };
        AddDetector(facts, job.Detect);
        AddRemedy(facts, job.Remedy);
        AddLimits(facts, job.Limits);
        foreach (var (name, bytes) in job.Folder.Files.Where(file => file.Key != JobLoader.JobFile))
            facts[name] = new JobFolder("", new Dictionary<string, byte[]> { [name] = bytes }).Version.Short;
        return facts;
    }

    private static void AddDetector(SortedDictionary<string, string?> facts, Detector detector)
    {
        facts["detect.source"] = detector.Source;
        facts["detect.settle"] = Scalars.DurationShort(detector.Settle);
        facts["detect.look"] = Scalars.DurationShort(detector.Look);
        if (detector is HazardDetector hazard)
        {
            facts["detect.hazard.events"] = Words(hazard.Events);
            facts["detect.hazard.severities"] = Words(hazard.Severities);
        }
        else if (detector is SqlDetector sql)
        {
            facts["detect.sql"] = sql.File;
            facts["detect.rowCap"] = FormattableString.Invariant($"{sql.RowCap}");
            facts["detect.timeout"] = Scalars.DurationShort(sql.Timeout);
            foreach (var (name, value) in sql.Parameters)
                facts["detect.parameters." + name] = FormattableString.Invariant($"{value}");
        }
    }

    private static void AddRemedy(SortedDictionary<string, string?> facts, Remedy remedy)
    {
        if (remedy is RefundRemedy refund)
        {
            facts["remedy.refund.share"] = Scalars.PercentText(refund.Share);
            facts["remedy.refund.atMost"] = Amounts(refund.AtMost);
            facts["remedy.otherwise.credit"] = Amounts(refund.Otherwise);
        }
        else
        {
            facts[remedy is CreditRemedy ? "remedy.credit" : "remedy.notice"] =
                remedy is CreditRemedy credit ? Amounts(credit.Amounts) : "only";
        }
    }

    private static void AddLimits(SortedDictionary<string, string?> facts, JobLimits limits)
    {
        facts["limits.perCustomer"] = limits.PerCustomer is { } customer
            ? FormattableString.Invariant($"{customer.Count} in {Scalars.DurationShort(customer.Within)}")
            : null;
        facts["limits.budget"] = Amounts(limits.DailyBudget);
        facts["limits.approval.above"] = limits.Approval is { } approval ? Amounts(approval.Above) : null;
        facts["limits.approval.decideWithin"] =
            limits.Approval is { } rule ? Scalars.DurationShort(rule.DecideWithin) : null;
    }

    private static string? Words(IReadOnlyList<string> words) =>
        words.Count == 0 ? null : string.Join(", ", words.Order(StringComparer.Ordinal));

    private static string? Amounts(IReadOnlyList<Money> amounts) =>
        Words([.. amounts.Select(amount => amount.ToString())]);
}
