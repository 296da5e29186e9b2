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

    /// <summary>What to say about a key that is not known: not in this version, or the nearest that is known.</summary>
    public string Unknown(string path, string key)
    {
        if (Later.GetValueOrDefault(path)?.Contains(key, StringComparer.Ordinal) == true)
            return "is not supported by this version; leave it out.";
        var known = Known[path];
        var nearest = known.MinBy(candidate => Distance(key, candidate))!;
        return Distance(key, nearest) <= Math.Max(2, key.Length / 3)
            ? $"is not a key here; did you mean '{nearest}'?"
            : $"is not a key here; known keys are {string.Join(", ", known)}.";
    }

    // Levenshtein's distance, without regard to case.
    private static int Distance(string a, string b)
    {
        if (a.Length > 64)
            return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
