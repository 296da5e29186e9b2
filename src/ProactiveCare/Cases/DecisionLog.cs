using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Jobs;

namespace ProactiveCare.Cases;

/// <summary>A decision of a case as it was recorded.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Number">1 for the first.</param>
/// <param name="JobId">The job.</param>
/// <param name="Version">The job's version that decided.</param>
/// <param name="RuleVersion">The version of the rule.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="Reason">Why it was not simply paid or told.</param>
/// <param name="InDoubt">Whether it was decided for the customer's benefit in a doubtful case.</param>
/// <param name="TargetMinor">What was owed by then, in minor units; 0 without money.</param>
/// <param name="PaysMinor">What it added, in minor units.</param>
/// <param name="Currency">The currency; null without money.</param>
/// <param name="Facts">Everything it knew, as JSON.</param>
/// <param name="DecidedAt">When.</param>
public sealed record Decision(
    CaseId CaseId, long Number, JobId JobId, JobVersion Version, long RuleVersion, Outcome Outcome, Reason? Reason,
        bool InDoubt,
    long TargetMinor, long PaysMinor, Currency? Currency, string Facts, Instant DecidedAt);

/// <summary>A decision that its own facts do not lead to again.</summary>
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

    /// <summary>Decides a case, or all of them, again from what was stored, and says where another verdict comes
    /// out.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="book">Holds every version ever used.</param>
    /// <param name="id">The case; null for all.</param>
    /// <param name="replayed">How many decisions were replayed.</param>
    public static IReadOnlyList<Mismatch> Replay(DbConnection db, JobBook book, CaseId? id, out int replayed)
    {
        var mismatches = new List<Mismatch>();
        replayed = 0;
        var decisions =
            db.Query<Decision>(
                $"{Select} WHERE CAST(@id AS BIGINT) IS NULL OR case_id = @id ORDER BY case_id, number", new { id });
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
