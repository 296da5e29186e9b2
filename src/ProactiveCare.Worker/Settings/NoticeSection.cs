using NodaTime;
using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Settings;

/// <summary>The section <c>Notices</c>: how the company writes to people, and by which way mail leaves.</summary>
internal static class NoticeSection
{
    public static NoticeSettings Read(SettingsKeys keys, CompanySettings company, string data, string workingDirectory)
    {
        var from = keys.Address("Notices:From", company.Name, company.ReplyTo);
        var usual = from.Address[(from.Address.LastIndexOf('@') + 1)..];
        var folder = keys.Find("Notices:Folder");
        return new NoticeSettings
        {
            From = from,
            ReplyTo = company.ReplyTo,
            Company = company.Name,
            Domain = Domain(keys, usual),
            TimeZone = company.TimeZone,
            Locale = keys.Text("Notices:Locale", "en"),
            QuietFrom = keys.TimeOfDay("Notices:QuietFrom", new LocalTime(21, 0)),
            QuietTo = keys.TimeOfDay("Notices:QuietTo", new LocalTime(8, 0)),
            DailyCap = keys.Number("Notices:DailyCap", 1, 1000, 3),
            MaxAttempts = keys.Number("Notices:MaxAttempts", 1, 100, 12),
            Lease = keys.Duration("Notices:Lease", ("5s", "1d"), Duration.FromMinutes(30)),
            HoldUncertain = keys.List("Notices:HoldUncertain").ToHashSet(StringComparer.Ordinal),
            Smtp = Smtp(keys, usual),
            Folder = folder is null ? Path.Combine(data, "outbox") : Path.GetFullPath(folder, workingDirectory),
        };
    }

    /// <summary>Where mail goes, in words.</summary>
    public static string Way(NoticeSettings notices) =>
        notices.Smtp is { } relay ? $"through the relay {relay}"
            : $"as .eml files into {notices.Folder}; nobody is written to";

    /// <summary>The way mail leaves.</summary>
    public static IMailTransport Transport(NoticeSettings notices, TimeProvider time) =>
        notices.Smtp is { } relay ? Relay(relay, time) : new MailFolder(notices.Folder!);

#if MAILKIT
    private static MailKit.MailKitTransport Relay(SmtpSettings relay, TimeProvider time) =>
        new(relay, SmtpTimeouts.Standard, time);
#else
    private static SmtpTransport Relay(SmtpSettings relay, TimeProvider time) => new(relay, time);
#endif

    private static string Domain(SettingsKeys keys, string usual)
    {
        var text = keys.Text("Notices:Domain", usual);
        return EmailAddress.TryParse("n@" + text, "", out _, out _)
            ? text
            : keys.Wrong("Notices:Domain", "must be a domain name such as example.com", text, usual);
    }

    private static SmtpSettings? Smtp(SettingsKeys keys, string usual)
    {
        var host = keys.Find("Notices:Smtp:Host");
        var security = keys.OneOf("Notices:Smtp:Security", "starttls", "tls", "none") switch
        {
            "tls" => SmtpSecurity.Tls,
            "none" => SmtpSecurity.None,
            _ => SmtpSecurity.StartTls,
        };
        var port = keys.Number("Notices:Smtp:Port", 1, 65535, security == SmtpSecurity.Tls ? 465 : 587);
        var name = keys.Text("Notices:Smtp:ClientName", usual);
        var sessions = keys.Number("Notices:Smtp:Sessions", 1, 32, 2);
        var (user, password) = (keys.Find("Notices:Smtp:User"), keys.Find("Notices:Smtp:Password"));
        if (user is null != password is null)
            keys.Wrong("Notices:Smtp:User", "and Notices:Smtp:Password must both be given, or neither", user ?? "", 0);
        return host is null ? null : new SmtpSettings(host, port, security, name, user, password, sessions);
    }
}
