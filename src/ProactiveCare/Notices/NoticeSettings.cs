using NodaTime;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Notices;

/// <summary>How the company writes to people.</summary>
public sealed record NoticeSettings
{
    /// <summary>Who writes, such as <c>care@example.com</c>.</summary>
    public required EmailAddress From { get; init; }

    /// <summary>Where a person reads the answers; every notice names it.</summary>
    public required EmailAddress ReplyTo { get; init; }

    /// <summary>The company's name as customers know it.</summary>
    public required string Company { get; init; }

    /// <summary>The domain in Message-IDs and list ids.</summary>
    /// <exception cref="FormatException">Not a domain name.</exception>
    public required string Domain
    {
        get;
        init => field = EmailAddress.Parse("n@" + value).Address[2..];
    }

    /// <summary>The company's time zone, for whoever's own is not known.</summary>
    public DateTimeZone TimeZone { get; init; } = DateTimeZone.Utc;

    /// <summary>The language of mail to staff, and to customers whose own is not known.</summary>
    public string Locale { get; init; } = "en";

    /// <summary>When nothing but urgent notices may arrive; empty when both ends are the same.</summary>
    public LocalTime QuietFrom { get; init; } = new(21, 0);

    /// <summary>When the quiet hours end.</summary>
    public LocalTime QuietTo { get; init; } = new(8, 0);

    /// <summary>The most normal notices that one customer gets in a day of theirs.</summary>
    public int DailyCap { get; init; } = 3;

    /// <summary>Attempts before a notice is given up.</summary>
    public int MaxAttempts { get; init; } = 12;

    /// <summary>
    /// How long a claimed notice may be under way before nobody knows what became of it. The first half is for handing
    /// it over; the second has to be longer than the relay may take for the end of the mail (13 minutes by the
    /// standard) by more than the clocks of nodes may differ.
    /// </summary>
    public Duration Lease { get; init; } = Duration.FromMinutes(30);

    /// <summary>Topics whose uncertain notices wait for a person instead of being sent again.</summary>
    public IReadOnlySet<string> HoldUncertain { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The relay; null writes mail to a folder.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>How mails are signed; null for not at all.</summary>
    public DkimSettings? Dkim { get; init; }

    /// <summary>The folder for mail when there is no relay; null means <c>outbox</c> in the data folder.</summary>
    public string? Folder { get; init; }
}
