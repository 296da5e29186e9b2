using Microsoft.Extensions.Configuration;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Settings;

/// <summary>The operator's settings of an installation, apart from its jobs.</summary>
internal sealed record ProactiveCareSettings
{
    /// <summary>The data folder, absolute.</summary>
    public required string Data { get; init; }

    /// <summary>The server that holds the database; null when it is a file in the data folder.</summary>
    public required PostgresServer? Server { get; init; }

    /// <summary>The name of this worker among those that share the database.</summary>
    public required string Node { get; init; }

    /// <summary>The folder of job folders, absolute.</summary>
    public required string Jobs { get; init; }

    /// <summary>The folder in which new jobs are made, absolute: the jobs folder, or the one to be while the shipped
    /// jobs stand in for it.</summary>
    public required string OwnJobs { get; init; }

    /// <summary>The folder of the jobs that ship with the program, absolute; null where it is not known.</summary>
    public required string? ShippedJobs { get; init; }

    /// <summary>The company in whose name notices are sent.</summary>
    public required CompanySettings Company { get; init; }

    /// <summary>Whether new or changed jobs go live automatically (<c>auto</c>), without <c>jobs accept</c>.</summary>
    public required bool ActivateByItself { get; init; }

    /// <summary>The retention of telemetry.</summary>
    public required Duration TelemetryRetention { get; init; }

    /// <summary>The time and recipients of the daily summary.</summary>
    public required SummarySettings Summary { get; init; }

    /// <summary>The addresses of the HTTP server; none when it is off.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>The limits of posted telemetry.</summary>
    public required IngestLimits Ingest { get; init; }

    /// <summary>The statuses that a customer may have.</summary>
    public required IReadOnlyList<string> CustomerStatuses { get; init; }

    /// <summary>The share of rows set aside in a day above which staff are told.</summary>
    public required decimal SetAsideAlarm { get; init; }

    /// <summary>The other engines that hold telemetry.</summary>
    public required Sources Sources { get; init; }

    /// <summary>The settings of notices.</summary>
    public required NoticeSettings Notices { get; init; }

    /// <summary>The folder of files for billing, absolute; the same on every node.</summary>
    public required string Refunds { get; init; }

    /// <summary>Whether billing reads account credits in our ledger, and not in files.</summary>
    public required bool BillingReadsLedger { get; init; }

    /// <summary>The time in which a paid account credit may be taken back; null for never.</summary>
    public required Duration? TakeBackWithin { get; init; }

    /// <summary>The data folder and server of the installation.</summary>
    public DataFolder Folder => new(Data) { Server = Server };

    /// <summary>The location of the installation, for people.</summary>
    public string Place => Folder.Place;

    /// <summary>Refuses a given time outside a simulation.</summary>
    /// <exception cref="UsageException">It is a real installation.</exception>
    public void RequireSimulated(Installation installation)
    {
        if (installation.Simulated) return;
        throw new UsageException(
            $"--now works only in a data folder made with 'db init --simulated'; {Place} is a real one, where "
            + "everything happens at the time it happens.");
    }

    /// <summary>The settings of the features.</summary>
    public CareSettings Product => new(Jobs, ActivateByItself, Notices, Summary.To)
    {
        Cron = ScheduleWords.Rules,
        RefundsFolder = Refunds,
        BillingReadsLedger = BillingReadsLedger,
        TakeBackWithin = TakeBackWithin,
        Node = Node,
        CustomerStatuses = CustomerStatuses,
        SetAsideAlarm = SetAsideAlarm,
        Sources = Sources,
    };

    /// <summary>All settings as given, for features that read their own section.</summary>
    public required IConfiguration Given { get; init; }
}

/// <summary>The company that the worker acts for.</summary>
/// <param name="Name">The name that customers know.</param>
/// <param name="TimeZone">The time zone whose midnight ends a budget's day.</param>
/// <param name="ReplyTo">The address that a person reads.</param>
/// <param name="Currency">The currency of customers of whom nothing says in which one they pay.</param>
internal sealed record CompanySettings(string Name, DateTimeZone TimeZone, EmailAddress ReplyTo, Currency? Currency);

/// <summary>The daily summary.</summary>
/// <param name="At">The time of day in the company's time zone.</param>
/// <param name="To">Addresses besides those of the users with the roles operator and finance.</param>
internal sealed record SummarySettings(LocalTime At, IReadOnlyList<EmailAddress> To);
