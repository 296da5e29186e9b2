using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Notices;

/// <summary>The customer's data at the moment of sending.</summary>
internal sealed record Recipient(
    string CustomerId, string? Email, string? Name, string? Locale, string? TimeZone, string Status,
    string? PremisesTimeZone, string? LeftOut = null);

/// <summary>A time zone and its origin: <c>customer</c>, <c>premises</c> or <c>company</c>.</summary>
internal sealed record Place(DateTimeZone Zone, string Basis)
{
    /// <summary>The customer's own zone, else that of their premises, else the company's: never a silent UTC.</summary>
    public static Place Of(Recipient recipient, NoticeSettings settings)
    {
        if (Known(recipient.TimeZone) is { } own) return new(own, "customer");
        return Known(recipient.PremisesTimeZone) is { } home
            ? new(home, "premises")
            : new(settings.TimeZone, "company");
    }

    /// <summary>The name of the zone in a reason.</summary>
    public override string ToString() => Basis switch
    {
        "customer" => Zone.Id,
        "premises" => $"{Zone.Id} of the premises, the customer's is unknown",
        _ => $"{Zone.Id} of the company, the customer's is unknown",
    };

    private static DateTimeZone? Known(string? id) => id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
}

/// <summary>Whether a notice may be sent now.</summary>
internal abstract record SendDecision
{
    public sealed record Send(EmailAddress To) : SendDecision;

    public sealed record Hold(Instant Until, string Reason) : SendDecision;

    public sealed record Suppress(string Reason) : SendDecision;
}

/// <summary>A notice about to be sent.</summary>
/// <param name="IsUrgent">Ignores quiet hours and caps.</param>
/// <param name="NotBefore">Not to be sent before.</param>
/// <param name="ExpiresAt">The time from which it is of no use.</param>
/// <param name="SentToday">Normal notices that the customer received in their current day.</param>
internal sealed record Occasion(bool IsUrgent, Instant? NotBefore, Instant? ExpiresAt, int SentToday);

/// <summary>When a person may be written to. Decided at the moment of sending, never before.</summary>
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
            // The import leaves out an address that cannot be used, and keeps what was wrong with it.
            if (recipient.Email is null && recipient.LeftOut?.StartsWith("email ", StringComparison.Ordinal) == true)
                problem = recipient.LeftOut;
            else if (string.IsNullOrWhiteSpace(recipient.Email))
                return new SendDecision.Suppress(NoticeReason.NoAddress.Text);
            return new SendDecision.Suppress($"{NoticeReason.BadAddress}: {problem}");
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

    /// <summary>The start of the customer's current day.</summary>
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
        // Where the clock is set back, the end may lie in the hour that has already passed.
        return end > now ? end : now + Duration.FromHours(1);
    }
}

/// <summary>The company's settings of notices.</summary>
public sealed record NoticeSettings
{
    /// <summary>The sender, such as <c>care@example.com</c>.</summary>
    public required EmailAddress From { get; init; }

    /// <summary>The address that a person reads; every notice names it.</summary>
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

    /// <summary>The company's time zone, for recipients whose own is unknown.</summary>
    public DateTimeZone TimeZone { get; init; } = DateTimeZone.Utc;

    /// <summary>The currency of customers of whom nothing says in which one they pay; null for none.</summary>
    public Currency? Currency { get; init; }

    /// <summary>The language of mail to staff, and to customers whose own is unknown.</summary>
    public string Locale { get; init; } = "en";

    /// <summary>
    /// The start of the hours in which only urgent notices may arrive; none when both ends are the same.
    /// </summary>
    public LocalTime QuietFrom { get; init; } = new(21, 0);

    /// <summary>The end of the quiet hours.</summary>
    public LocalTime QuietTo { get; init; } = new(8, 0);

    /// <summary>The most normal notices for one customer in a local day.</summary>
    public int DailyCap { get; init; } = 3;

    /// <summary>Attempts before a notice is given up.</summary>
    public int MaxAttempts { get; init; } = 12;

    /// <summary>The lease of a claimed notice, after which its outcome is unknown. The first half is for handing it
    /// over; the second has to be longer than the relay may take for the end of the mail (13 minutes by the standard)
    /// by more than the difference between nodes' clocks.</summary>
    public Duration Lease { get; init; } = Duration.FromMinutes(30);

    /// <summary>Topics whose uncertain notices wait for a person instead of being sent again.</summary>
    public IReadOnlySet<string> HoldUncertain { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The relay; null writes mail to a folder.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>The DKIM signature of mails; null for none.</summary>
    public DkimSettings? Dkim { get; init; }

    /// <summary>The folder for mail when there is no relay; null means <c>outbox</c> in the data folder.</summary>
    public string? Folder { get; init; }
}
