using NodaTime;
using ProactiveCare.Payments;

namespace ProactiveCare.Jobs;

/// <summary>A job as its folder states it: every value read, bounded and checked.</summary>
public sealed record Job
{
    /// <summary>The job's lineage: 1 to 64 lower-case letters, digits and hyphens.</summary>
    public required JobId Id { get; init; }

    /// <summary>One sentence that says what the job does for a customer.</summary>
    public required string Description { get; init; }

    /// <summary>The e-mail address of the people who answer for the job.</summary>
    public required string Owner { get; init; }

    /// <summary>What kind of owing the job's credits are.</summary>
    public required Entitlement Entitlement { get; init; }

    /// <summary>When the job runs.</summary>
    public required JobSchedule Schedule { get; init; }

    /// <summary>What the job looks for.</summary>
    public required Detector Detect { get; init; }

    /// <summary>What a customer gets.</summary>
    public required Remedy Remedy { get; init; }

    /// <summary>Who or what the job leaves out.</summary>
    public required Exclusions Exclude { get; init; }

    /// <summary>What bounds the money.</summary>
    public required JobLimits Limits { get; init; }

    /// <summary>How a customer is told.</summary>
    public required NoticePolicy Notice { get; init; }

    /// <summary>Whether the job acts or only records.</summary>
    public required Rollout Rollout { get; init; }

    /// <summary>The folder that the job was read from, byte for byte.</summary>
    public required JobFolder Folder { get; init; }

    /// <summary>The hash of the folder's content.</summary>
    public JobVersion Version => Folder.Version;

    /// <summary>Whether the job can give money.</summary>
    public bool Pays => Remedy is not NoticeOnly;
}

/// <summary>When a job runs and when its silence is an alarm.</summary>
/// <param name="Cron">A Quartz cron expression.</param>
/// <param name="TimeZone">The IANA time zone that the expression is read in.</param>
/// <param name="CatchUp">After downtime, how far back the job looks by itself: 1 minute to 31 days.</param>
/// <param name="ExpectEvery">No completed run or telemetry for so long is an alarm: 1 minute to 31 days.</param>
public sealed record JobSchedule(string Cron, DateTimeZone TimeZone, Duration CatchUp, Duration ExpectEvery);

/// <summary>Who or what a job leaves out. An empty list leaves nothing out.</summary>
/// <param name="Status">Customer statuses.</param>
/// <param name="Plan">Customer plans.</param>
/// <param name="PurchaseKind">Kinds of purchase.</param>
public sealed record Exclusions(
    IReadOnlyList<string> Status, IReadOnlyList<string> Plan, IReadOnlyList<string> PurchaseKind);

/// <summary>How a customer is told.</summary>
/// <param name="Topic">What the customer can opt out of: 1 to 64 lower-case letters, digits and hyphens.</param>
/// <param name="Urgent">A threat to safety, which alone passes quiet hours.</param>
public sealed record NoticePolicy(string Topic, bool Urgent);

/// <summary>Whether the job acts or only records.</summary>
/// <param name="Shadow">Decide and record everything, pay and send nothing.</param>
/// <param name="HoldOut">The share of customers held out to measure the effect: 0 to 0.5.</param>
/// <param name="MakeGood">When the held-out are made good: 1 to 90 days.</param>
public sealed record Rollout(bool Shadow, decimal HoldOut, Duration MakeGood);
