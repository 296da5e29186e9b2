using System.Data.Common;
using Dapper;

namespace ProactiveCare.Cases;

/// <summary>How many decisions came out alike.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">Why it was not simply paid or told.</param>
/// <param name="Currency">The currency; null without money.</param>
/// <param name="Count">How many.</param>
/// <param name="Minor">What they add up to, in minor units.</param>
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

    /// <summary>What a run decided.</summary>
    public static IReadOnlyList<DecisionTally> OfRun(DbConnection db, RunId run) =>
        [.. db.Query<DecisionTally>($"{Grouped} WHERE run_id = @run {Order}", new { run })];

    /// <summary>What a version of a job decided in shadow: what it would have done.</summary>
    public static IReadOnlyList<DecisionTally> OfShadow(DbConnection db, JobId job, JobVersion version) =>
        [.. db.Query<DecisionTally>(
            $"{Grouped} WHERE job_id = @job AND mode = 'shadow' AND version = @version {Order}", new { job, version })];

    /// <summary>What cases that had waited came to when they were decided again, ever.</summary>
    public static IReadOnlyList<DecisionTally> OfWaiting(DbConnection db, JobId job) =>
        [.. db.Query<DecisionTally>($"{Grouped} WHERE job_id = @job AND run_id IS NULL {Order}", new { job })];
}
