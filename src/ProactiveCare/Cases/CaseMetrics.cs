using System.Diagnostics;
using System.Diagnostics.Metrics;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Cases;

/// <summary>Measures runs, findings and decisions once they are committed.</summary>
internal static class CaseMetrics
{
    private static readonly Meter Meter = Instruments.Meter("Cases");
    private static readonly ActivitySource Activities = Instruments.Source("Cases");

    private static readonly Counter<long> Runs = Meter.CreateCounter<long>(
        "proactive_care.job.runs", "{run}", "Runs that ended, by job, mode and outcome.");

    private static readonly Counter<long> Findings = Meter.CreateCounter<long>(
        "proactive_care.job.findings", "{finding}", "Findings, by job and mode.");

    private static readonly Histogram<double> Detection = Meter.Duration(
        "proactive_care.job.detection.duration", "Time that a detector took, by job and mode.");

    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>(
        "proactive_care.decisions", "{decision}", "Decisions, by job, mode, outcome and reason.");

    public static Activity? Begin(Run run) =>
        Activities.StartActivity("job.run", ActivityKind.Internal, parentId: null, Of(run.JobId, run.Mode));

    public static void Detected(Run run, int findings, TimeSpan took)
    {
        Detection.Record(took.TotalSeconds, Of(run.JobId, run.Mode));
        Findings.Count(findings, Of(run.JobId, run.Mode));
    }

    public static void Decided(ScheduledJob job, IEnumerable<Verdict> verdicts)
    {
        foreach (var same in verdicts.CountBy(verdict => (verdict.Outcome, verdict.Reason)))
        {
            Decisions.Add(same.Value, [
                .. Of(job.Job.Id, job.Mode), Instruments.Tag("outcome", same.Key.Outcome),
                Instruments.Tag("reason", same.Key.Reason),
            ]);
        }
    }

    public static void Ended(Run run, Activity? activity)
    {
        activity?.SetTag("outcome", run.State.Text);
        if (run.State.IsOneOf(RunState.Completed, RunState.Failed))
            Runs.Add(1, [.. Of(run.JobId, run.Mode), Instruments.Tag("outcome", run.State)]);
    }

    private static KeyValuePair<string, object?>[] Of(JobId job, string mode) =>
        [Instruments.Tag("job", job), Instruments.Tag("mode", mode)];
}
