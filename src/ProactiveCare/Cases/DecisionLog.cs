using ProactiveCare.Storage;
using ProactiveCare.Jobs;

namespace ProactiveCare.Cases;

/// <summary>A decision of a case as it was recorded.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Number">1 for the first.</param>
/// <param name="JobId">The job.</param>
/// <param name="Version">The job's version that decided.</param>
/// <param name="RuleVersion">The version of the rule.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">The reason, unless it simply pays or alerts.</param>
/// <param name="InDoubt">Whether it was decided for the customer's benefit in a doubtful case.</param>
/// <param name="TargetMinor">The amount owed by then, in minor units; 0 without money.</param>
/// <param name="PaysMinor">The amount that it added, in minor units.</param>
/// <param name="Currency">The currency; null without money.</param>
/// <param name="Facts">The facts of the decision, as JSON.</param>
/// <param name="DecidedAt">The time of the decision.</param>
public sealed record Decision(
    CaseId CaseId, long Number, JobId JobId, JobVersion Version, long RuleVersion, Outcome Outcome, Reason? Reason,
        bool InDoubt,
    long TargetMinor, long PaysMinor, Currency? Currency, string Facts, Instant DecidedAt);

/// <summary>A decision that its replay does not reproduce.</summary>
public sealed record Mismatch(CaseId CaseId, long Number, string Recorded, string Replayed);

/// <summary>The decisions, and their replay.</summary>
public static class DecisionLog
{
    private const string Select =
        """
        SELECT case_id, number, job_id, version, rule_version, outcome, decision.reason, decision.in_doubt,
          target_minor, pays_minor, currency, facts, decided_at
        FROM decision JOIN care_case USING (case_id)
        """;

    /// <summary>The decisions of a case, first to last.</summary>
    public static IReadOnlyList<Decision> Of(DbConnection db, CaseId id) =>
        [.. db.Query<Decision>($"{Select} WHERE case_id = @id ORDER BY number", new { id })];

    /// <summary>Replays the decisions of a case, or of all, from the stored facts, and returns differences.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="book">Holds every version ever used.</param>
    /// <param name="id">The case; null for all.</param>
    /// <param name="replayed">The number of replayed decisions.</param>
    public static IReadOnlyList<Mismatch> Replay(DbConnection db, JobBook book, CaseId? id, out int replayed)
    {
        var mismatches = new List<Mismatch>();
        replayed = 0;
        var decisions =
            db.Query<Decision>(
                $"{Select} {Filters.Where(id is null ? null : "case_id = @id")} ORDER BY case_id, number", new { id });
        foreach (var decision in decisions)
        {
            replayed++;
            var verdict = Decide.On(book.Load(db, decision.JobId, decision.Version), FactsJson.Read(decision.Facts));
            var recorded =
                Words(decision.Outcome, decision.Reason, decision.TargetMinor, decision.PaysMinor, decision.Currency);
            var again = Words(
                verdict.Outcome, verdict.Reason, verdict.Target?.Minor ?? 0, verdict.Pays?.Minor ?? 0,
                    verdict.Target?.Currency);
            if (recorded != again) mismatches.Add(new Mismatch(decision.CaseId, decision.Number, recorded, again));
        }
        return mismatches;
    }

    private static string Words(Outcome outcome, Reason? reason, long target, long pays, Currency? currency) =>
        $"{outcome}{(reason is null ? "" : $" ({reason})")}"
        + (currency is { } c ? $", owed {new Money(target, c)}, of which {new Money(pays, c)} new" : "");
}

/// <summary>The number of decisions of one outcome, reason and currency.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">The reason, unless it simply pays or alerts.</param>
/// <param name="Currency">The currency; null without money.</param>
/// <param name="Count">Their number.</param>
/// <param name="Minor">Their sum, in minor units.</param>
public sealed record DecisionTally(Outcome Outcome, Reason? Reason, Currency? Currency, long Count, long Minor)
{
    private const string Grouped =
        """
        SELECT outcome, decision.reason, currency, COUNT(*) AS count, COALESCE(SUM(pays_minor), 0) AS minor
        FROM decision JOIN care_case USING (case_id)
        """;

    private const string Order = "GROUP BY outcome, decision.reason, currency "
        + "ORDER BY outcome, count DESC, currency NULLS FIRST, decision.reason NULLS FIRST";

    /// <summary>The sum; null without money.</summary>
    public Money? Amount => Currency is { } currency ? new Money(Minor, currency) : null;

    /// <summary>The decisions of a run.</summary>
    public static IReadOnlyList<DecisionTally> OfRun(DbConnection db, RunId run) =>
        [.. db.Query<DecisionTally>($"{Grouped} WHERE run_id = @run {Order}", new { run })];

    /// <summary>The decisions of a version of a job in shadow.</summary>
    public static IReadOnlyList<DecisionTally> OfShadow(DbConnection db, JobId job, JobVersion version) =>
        [.. db.Query<DecisionTally>(
            $"{Grouped} WHERE job_id = @job AND mode = 'shadow' AND version = @version {Order}", new { job, version })];

    /// <summary>The later decisions of cases that had waited.</summary>
    public static IReadOnlyList<DecisionTally> OfWaiting(DbConnection db, JobId job) =>
        [.. db.Query<DecisionTally>($"{Grouped} WHERE job_id = @job AND run_id IS NULL {Order}", new { job })];
}
