using NodaTime;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Notices;

/// <summary>What is known of a customer at the moment of sending.</summary>
internal sealed record Recipient(
    string CustomerId, string? Email, string? Name, string? Locale, string? TimeZone, string Status,
    string? PremisesTimeZone);

/// <summary>The zone whose clock counts, and whose it is: <c>customer</c>, <c>premises</c> or <c>company</c>.</summary>
internal sealed record Place(DateTimeZone Zone, string Basis)
{
    /// <summary>
    /// The customer's own zone, else that of their premises, else the company's: never UTC in silence.
    /// </summary>
    public static Place Of(Recipient recipient, NoticeSettings settings)
    {
        if (Known(recipient.TimeZone) is { } own) return new(own, "customer");
        return Known(recipient.PremisesTimeZone) is { } home
            ? new(home, "premises")
            : new(settings.TimeZone, "company");
    }

    /// <summary>How a reason names the zone.</summary>
    public override string ToString() => Basis switch
    {
        "customer" => Zone.Id,
        "premises" => $"{Zone.Id} of the premises, the customer's is unknown",
        _ => $"{Zone.Id} of the company, the customer's is unknown",
    };

    private static DateTimeZone? Known(string? id) => id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
}

/// <summary>Whether a notice may go now.</summary>
internal abstract record SendDecision
{
    public sealed record Send(EmailAddress To) : SendDecision;

    public sealed record Hold(Instant Until, string Reason) : SendDecision;

    public sealed record Suppress(string Reason) : SendDecision;
}

/// <summary>A notice about to be sent.</summary>
/// <param name="IsUrgent">Passes quiet hours and caps.</param>
/// <param name="NotBefore">Not to be sent before.</param>
/// <param name="ExpiresAt">Of no use from then on.</param>
/// <param name="SentToday">Normal notices that the customer had in their present day.</param>
internal sealed record Occasion(bool IsUrgent, Instant? NotBefore, Instant? ExpiresAt, int SentToday);

/// <summary>When one may write to a person. Asked at the moment of sending, never before.</summary>
internal static class SendPolicy
{
    public static SendDecision Decide(Occasion occasion, Recipient? recipient, NoticeSettings settings, Instant now)
    {
        if (recipient is null) return new SendDecision.Suppress(NoticeReason.UnknownCustomer.Text);
        var status = recipient.Status.Trim().ToLowerInvariant();
        if (status == "closed") return new SendDecision.Suppress(NoticeReason.CustomerClosed.Text);
        if (status == "deceased") return new SendDecision.Suppress(NoticeReason.CustomerDeceased.Text);
        if (occasion.ExpiresAt <= now) return new SendDecision.Suppress(NoticeReason.Expired.Text);
        if (!EmailAddress.TryParse(recipient.Email, recipient.Name ?? "", out var to, out var problem))
        {
            var empty = string.IsNullOrWhiteSpace(recipient.Email);
            return new SendDecision.Suppress(empty ? NoticeReason.NoAddress.Text
                : $"{NoticeReason.BadAddress}: {problem}");
        }
        if (occasion.NotBefore > now) return new SendDecision.Hold(occasion.NotBefore.Value,
            NoticeReason.NotBefore.Text);
        if (occasion.IsUrgent) return new SendDecision.Send(to);
        var place = Place.Of(recipient, settings);
        if (QuietUntil(now, place.Zone, settings) is { } morning)
            return new SendDecision.Hold(morning, $"{NoticeReason.QuietHours} ({place})");
        if (occasion.SentToday < settings.DailyCap) return new SendDecision.Send(to);
        var tomorrow = DayOf(now, place.Zone).PlusDays(1).AtStartOfDayInZone(place.Zone).ToInstant();
        var until = QuietUntil(tomorrow, place.Zone, settings) ?? tomorrow;
        return new SendDecision.Hold(until, $"{NoticeReason.DailyCap} of {settings.DailyCap} ({place})");
    }

    /// <summary>When the customer's present day began.</summary>
    public static Instant DayStart(Instant now, DateTimeZone zone) =>
        DayOf(now, zone).AtStartOfDayInZone(zone).ToInstant();

    private static LocalDate DayOf(Instant now, DateTimeZone zone) => now.InZone(zone).Date;

    private static Instant? QuietUntil(Instant now, DateTimeZone zone, NoticeSettings settings)
    {
        var (from, to) = (settings.QuietFrom, settings.QuietTo);
        var local = now.InZone(zone).LocalDateTime;
        var overnight = from > to;
        var quiet = overnight
            ? local.TimeOfDay >= from || local.TimeOfDay < to
            : local.TimeOfDay >= from && local.TimeOfDay < to;
        if (!quiet) return null;
        var day = overnight && local.TimeOfDay >= from ? local.Date.PlusDays(1) : local.Date;
        var end = zone.AtLeniently(day + to).ToInstant();
        // Where the clock goes back, the end may stand in the hour that has already been.
        return end > now ? end : now + Duration.FromHours(1);
    }
}

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
