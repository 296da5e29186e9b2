using Microsoft.Extensions.Configuration;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Settings;

/// <summary>What an operator decides about an installation outside its jobs.</summary>
internal sealed record ProactiveCareSettings
{
    /// <summary>The data folder, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>The server that holds the database; null when it is a file in the data folder.</summary>
    public required PostgresServer? Server { get; init; }

    /// <summary>What this worker is called among those that share the database.</summary>
    public required string Node { get; init; }

    /// <summary>The folder of job folders, absolute.</summary>
    public required string Jobs { get; init; }

    /// <summary>Who writes to the customers.</summary>
    public required CompanySettings Company { get; init; }

    /// <summary>
    /// Whether a new or changed job goes live by itself (<c>auto</c>) instead of waiting for <c>jobs accept</c>.
    /// </summary>
    public required bool ActivateByItself { get; init; }

    /// <summary>How long telemetry is kept.</summary>
    public required Duration TelemetryRetention { get; init; }

    /// <summary>When the daily summary goes out, and to whom.</summary>
    public required SummarySettings Summary { get; init; }

    /// <summary>Where the worker answers HTTP; none when it does not.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>How much it takes there at a time.</summary>
    public required IngestLimits Ingest { get; init; }

    /// <summary>The engines besides the product's own that hold telemetry.</summary>
    public required Sources Sources { get; init; }

    /// <summary>How the company writes to people.</summary>
    public required NoticeSettings Notices { get; init; }

    /// <summary>The folder that refund files go through, absolute; the same on every node.</summary>
    public required string Refunds { get; init; }

    /// <summary>Where the installation lives.</summary>
    public DataFolder Folder => new(Data) { Server = Server };

    /// <summary>Where the installation lives, for people.</summary>
    public string Place => Folder.Place;

    /// <summary>Refuses a given time where it is not for simulation.</summary>
    /// <exception cref="UsageException">It is a real installation.</exception>
    public void RequireSimulated(Installation installation)
    {
        if (installation.Simulated) return;
        throw new UsageException(
            $"--now works only in a data folder made with 'db init --simulated'; {Place} is a real one, where "
            + "everything happens at the time it happens.");
    }

    /// <summary>What the product itself reads of them.</summary>
    public CareSettings Product => new(Jobs, ActivateByItself, Notices, Summary.To)
    {
        Cron = ScheduleWords.Rules,
        RefundsFolder = Refunds,
        Node = Node,
        Sources = Sources,
    };

    /// <summary>All settings as they were given, for features that read their own section.</summary>
    public required IConfiguration Given { get; init; }
}

/// <summary>The company on whose behalf the worker acts.</summary>
/// <param name="Name">As customers know it.</param>
/// <param name="TimeZone">Whose midnight ends a budget's day.</param>
/// <param name="ReplyTo">The address that a person reads.</param>
internal sealed record CompanySettings(string Name, DateTimeZone TimeZone, EmailAddress ReplyTo);

/// <summary>The daily summary.</summary>
/// <param name="At">The time of day in the company's time zone.</param>
/// <param name="To">Addresses besides those of the users with the roles operator and finance.</param>
internal sealed record SummarySettings(LocalTime At, IReadOnlyList<EmailAddress> To);
