using System.Collections.Frozen;

namespace ProactiveCare.Jobs.Reading;

/// <summary>The keys that a file may have, by the path of the mapping that holds them.</summary>
/// <param name="Known">The keys that are read.</param>
/// <param name="Later">Keys of the job format whose feature this version does not have.</param>
internal sealed record KeyTable(
    FrozenDictionary<string, string[]> Known, FrozenDictionary<string, string[]> Later)
{
    /// <summary>The keys of <c>job.yaml</c>. The keys of <c>detect.parameters</c> are the author's own.</summary>
    public static KeyTable Job { get; } = new(
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
        }.ToFrozenDictionary(),
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            [""] = ["incident", "family", "payBy", "ladder"],
            ["detect"] = ["outage", "postgresql"],
            ["remedy"] = ["alternative", "table"],
            ["limits"] = ["payBy"],
        }.ToFrozenDictionary());

    /// <summary>The message about an unknown key: not in this version, or the nearest that is known.</summary>
    public string Unknown(string path, string key)
    {
        if (Later.GetValueOrDefault(path)?.Contains(key, StringComparer.Ordinal) == true)
            return "is not supported by this version; leave it out.";
        var known = Known[path];
        return Nearest.To(key, known) is { } near
            ? $"is not a key here; did you mean '{near}'?"
            : $"is not a key here; known keys are {string.Join(", ", known)}.";
    }
}
