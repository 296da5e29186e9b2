using System.Text.RegularExpressions;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Jobs;

/// <summary>A job as its folder defines it: every value parsed, bounded and checked.</summary>
public sealed record Job
{
    /// <summary>The job's lineage: 1 to 64 lower-case letters, digits and hyphens.</summary>
    public required JobId Id { get; init; }

    /// <summary>One sentence on the purpose of the job.</summary>
    public required string Description { get; init; }

    /// <summary>The e-mail address of the people responsible for the job.</summary>
    public required string Owner { get; init; }

    /// <summary>The kind of obligation that the job's credits meet.</summary>
    public required Entitlement Entitlement { get; init; }

    /// <summary>When the job runs.</summary>
    public required JobSchedule Schedule { get; init; }

    /// <summary>The detector of the job.</summary>
    public required Detector Detect { get; init; }

    /// <summary>The compensation or notice for a customer.</summary>
    public required Remedy Remedy { get; init; }

    /// <summary>The customers and purchases that the job leaves out.</summary>
    public required Exclusions Exclude { get; init; }

    /// <summary>The limits of the money.</summary>
    public required JobLimits Limits { get; init; }

    /// <summary>How a customer is notified.</summary>
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

/// <summary>The schedule of a job, and the time of silence that raises an alarm.</summary>
/// <param name="Cron">A Quartz cron expression.</param>
/// <param name="TimeZone">The IANA time zone that the expression is read in.</param>
/// <param name="CatchUp">After downtime, how far back the job looks automatically: 1 minute to 31 days.</param>
/// <param name="ExpectEvery">Time without a completed run or telemetry before an alarm: 1 minute to 400 days. Times in
/// which the schedule has no firing do not count.</param>
public sealed record JobSchedule(string Cron, DateTimeZone TimeZone, Duration CatchUp, Duration ExpectEvery)
{
    private static readonly Duration LeastSlack = Duration.FromMinutes(1);

    /// <summary>The moment from which no run since an instant is an alarm: the next firing had as much time as
    /// <see cref="ExpectEvery"/> leaves beside the pause between two firings.</summary>
    public Instant OverdueAt(CronRules cron, Instant since) => Later(Next(cron, since), Slack(cron));

    /// <summary>The moment from which no telemetry since an instant is an alarm: none has come for
    /// <see cref="ExpectEvery"/>, or by the first firing after a longer pause of the schedule.</summary>
    public Instant StaleAt(CronRules cron, Instant since)
    {
        var (slack, first) = (Slack(cron), Next(cron, since));
        var second = Next(cron, first);
        return second - first > ExpectEvery
            ? Later(second, slack)
            : Instant.Max(since + ExpectEvery, Later(first, slack));
    }

    private Instant Next(CronRules cron, Instant after) =>
        after == Instant.MaxValue ? after : cron.Next(Cron, TimeZone, after);

    private Duration Slack(CronRules cron) => Duration.Max(ExpectEvery - cron.ShortestPause(Cron), LeastSlack);

    private static Instant Later(Instant at, Duration by) => at < Instant.MaxValue - by ? at + by : Instant.MaxValue;
}

/// <summary>The customers and purchases that a job leaves out. An empty list leaves nothing out.</summary>
/// <param name="Status">Customer statuses.</param>
/// <param name="Plan">Customer plans.</param>
/// <param name="PurchaseKind">Kinds of purchase.</param>
public sealed record Exclusions(
    IReadOnlyList<string> Status, IReadOnlyList<string> Plan, IReadOnlyList<string> PurchaseKind);

/// <summary>How a customer is notified.</summary>
/// <param name="Topic">The topic of opting out: 1 to 64 lower-case letters, digits and hyphens.</param>
/// <param name="Urgent">A threat to safety, the only notice sent in quiet hours.</param>
public sealed record NoticePolicy(string Topic, bool Urgent);

/// <summary>Whether the job acts or only records.</summary>
/// <param name="Shadow">Decide and record everything, pay and send nothing.</param>
/// <param name="HoldOut">The share of customers held out to measure the effect: 0 to 0.5.</param>
/// <param name="MakeGood">The time after which the held-out are compensated: 1 to 90 days.</param>
public sealed record Rollout(bool Shadow, decimal HoldOut, Duration MakeGood);

/// <summary>The scheduler's implementation of cron expressions, which the product itself does not have.</summary>
/// <param name="Error">The error in an expression; null for a valid one.</param>
/// <param name="Next">The first firing of an expression, in a time zone, after an instant; the end of time when there
/// is none.</param>
public sealed record CronRules(Func<string, string?> Error, Func<string, DateTimeZone, Instant, Instant> Next)
{
    // A week of hours, or two months of days.
    private const int Firings = 170;

    /// <summary>The shortest pause between two firings, without daylight saving time.</summary>
    public Duration ShortestPause(string cron)
    {
        var (shortest, last) = (Duration.MaxValue, Next(cron, DateTimeZone.Utc, Instant.FromUtc(2020, 1, 1, 0, 0)));
        for (var i = 0; i < Firings && Next(cron, DateTimeZone.Utc, last) is var next && next < Instant.MaxValue; i++)
            (shortest, last) = (Duration.Min(shortest, next - last), next);
        return shortest;
    }
}

/// <summary>The detector of a job, and its source.</summary>
public abstract record Detector
{
    /// <summary>The name of the product's own store.</summary>
    public const string Telemetry = "telemetry";

    /// <summary>The name of the source: <see cref="Telemetry"/>, or one from the settings.</summary>
    public required string Source { get; init; }

    /// <summary>The tables of telemetry that it reads in the product's own store.</summary>
    public abstract IReadOnlyList<string> Tables { get; }

    /// <summary>Whether another engine is queried, for a window of time.</summary>
    public bool IsElsewhere => Source.Length > 0 && Source != Telemetry;

    /// <summary>The quiet time after which a subject is judged: 0 to 30 days.</summary>
    public required Duration Settle { get; init; }

    /// <summary>The waiting time for a customer or purchase that has not arrived: 1 hour to 365 days.</summary>
    public required Duration Look { get; init; }
}

/// <summary>A read-only SELECT written by the job's author.</summary>
public sealed partial record SqlDetector : Detector
{
    /// <summary>The file in the job's folder that holds the statement.</summary>
    public required string File { get; init; }

    /// <summary>The statement.</summary>
    public required string Sql { get; init; }

    /// <summary>The statement for PostgreSQL, where one text cannot serve both; null when one does.</summary>
    public string? PostgresSql { get; init; }

    /// <summary>The author's parameters of the statement, by name without the @: <see cref="long"/> for whole numbers,
    /// flags (1 or 0) and durations in seconds, <see cref="double"/> for fractions (5% is 0.05), or text.</summary>
    public required IReadOnlyDictionary<string, object> Parameters { get; init; }

    /// <summary>The largest number of rows; more are refused: 1 to 1,000,000.</summary>
    public required int RowCap { get; init; }

    /// <summary>The time after which the statement is interrupted: 1 second to 10 minutes.</summary>
    public required Duration Timeout { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Tables => IsElsewhere
        ? []
        : [.. Words().Matches(Prose().Replace($"{Sql}\n{PostgresSql}", " "))
            .Select(word => word.Value.ToLowerInvariant())
            .Distinct()];

    // A column may be called like a table, which then counts as read.
    [GeneratedRegex(@"\b(?:session|event|contact)\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Words();

    [GeneratedRegex(@"'(?:[^']|'')*'|--[^\n]*|/\*[\s\S]*?\*/", RegexOptions.None, 1000)]
    private static partial Regex Prose();

    /// <summary>The name of a statement's variant for PostgreSQL.</summary>
    public static string PostgresFile(string file) => file[..^".sql".Length] + ".postgresql.sql";

    /// <summary>The statement for the database of an installation, and the file that holds it.</summary>
    public (string Sql, string File) For(DataFolder folder) => PostgresSql is null
        ? (Sql, File)
        : folder.Choose((Sql, File), (PostgresSql, PostgresFile(File)));
}

/// <summary>Actual hazard alerts whose area contains a customer's premises.</summary>
public sealed record HazardDetector : Detector
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Tables => ["alert"];

    /// <summary>The names of every finding's evidence.</summary>
    public static IReadOnlyList<string> Evidence { get; } =
        ["event", "headline", "onset", "ends", "in_force", "area", "instruction", "premises_label"];

    /// <summary>The event names as the agency writes them, such as <c>Ice Storm Warning</c>.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>CAP severities: some of Extreme, Severe, Moderate, Minor, Unknown.</summary>
    public required IReadOnlyList<string> Severities { get; init; }
}

/// <summary>The compensation or notice for a customer.</summary>
public abstract record Remedy;

/// <summary>A refund to the original payment.</summary>
/// <param name="Share">The share of what was paid: above 0, at most 1.</param>
/// <param name="AtMost">The limit by currency; a purchase in another currency goes to review.</param>
/// <param name="Otherwise">The account credit when there is no purchase to refund; empty when there is none.</param>
public sealed record RefundRemedy(decimal Share, IReadOnlyList<Money> AtMost, IReadOnlyList<Money> Otherwise) : Remedy;

/// <summary>Money on the customer's account.</summary>
/// <param name="Amounts">The amount by currency.</param>
public sealed record CreditRemedy(IReadOnlyList<Money> Amounts) : Remedy;

/// <summary>No money: the notice is the remedy.</summary>
public sealed record NoticeOnly : Remedy;

/// <summary>The limits of a job's money.</summary>
/// <param name="PerCustomer">How often one customer is helped without a review by a person; null for no such
/// limit.</param>
/// <param name="DailyBudget">The cap of reservations in a day, by currency; empty when it gives no money.</param>
/// <param name="Approval">The amounts that a person approves first; null when there are none.</param>
public sealed record JobLimits(CustomerLimit? PerCustomer, IReadOnlyList<Money> DailyBudget, ApprovalRule? Approval);

/// <summary>A maximum number in a rolling period; above it a person decides.</summary>
/// <param name="Count">1 to 1000.</param>
/// <param name="Within">1 hour to 3660 days.</param>
public sealed record CustomerLimit(int Count, Duration Within);

/// <summary>Amounts that a person approves first.</summary>
/// <param name="Above">By currency: an amount above it waits.</param>
/// <param name="DecideWithin">How long the decision may take before staff are notified: 1 minute to 30 days.</param>
public sealed record ApprovalRule(IReadOnlyList<Money> Above, Duration DecideWithin);
