using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

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
            Smtp = Smtp(keys, usual, workingDirectory),
            Dkim = Dkim(keys, workingDirectory),
            Folder = folder is null ? Path.Combine(data, "outbox") : Path.GetFullPath(folder, workingDirectory),
        };
    }

    /// <summary>Where mail goes, in words.</summary>
    public static string Way(NoticeSettings notices) =>
        notices.Smtp is { } relay ? $"through the relay {relay}"
            : $"as .eml files into {notices.Folder}; nobody is written to";

    /// <summary>The transport that mail leaves by.</summary>
    /// <exception cref="UsageException">A file of the settings cannot be used.</exception>
    public static IMailTransport Transport(NoticeSettings notices, TimeProvider time)
    {
        try
        {
            var composer = new MailComposer(notices.Dkim is { } dkim ? DkimKey.Load(dkim) : null);
            return notices.Smtp is { } relay
                ? new SmtpTransport(relay, composer, time)
                : new MailFolder(notices.Folder!, composer);
        }
        catch (FormatException e)
        {
            throw new UsageException("The settings are wrong:\n  Notices: " + e.Message, e);
        }
    }

    private static string Domain(SettingsKeys keys, string usual)
    {
        var text = keys.Text("Notices:Domain", usual);
        return EmailAddress.TryParse("n@" + text, "", out _, out _)
            ? text
            : keys.Wrong("Notices:Domain", "must be a domain name such as example.com", text, usual);
    }

    private static SmtpSettings? Smtp(SettingsKeys keys, string usual, string workingDirectory)
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
        var token = keys.PathOf("Notices:Smtp:TokenFile", workingDirectory);
        if (password is not null && token is not null)
            keys.Wrong("Notices:Smtp:TokenFile", "and Notices:Smtp:Password exclude each other", token, 0);
        else if (user is null != (password ?? token) is null)
        {
            keys.Wrong("Notices:Smtp:User", "and Notices:Smtp:Password (or Notices:Smtp:TokenFile) must both be given, "
                + "or neither", user ?? "", 0);
        }
        var authorities = keys.PathOf("Notices:Smtp:CaFile", workingDirectory);
        return host is null ? null : new SmtpSettings(host, port, security, name, sessions)
        {
            User = user,
            Password = password,
            TokenFile = token,
            CaFile = authorities,
        };
    }

    private static DkimSettings? Dkim(SettingsKeys keys, string workingDirectory)
    {
        var (domain, selector) = (keys.Find("Notices:Dkim:Domain"), keys.Find("Notices:Dkim:Selector"));
        var file = keys.PathOf("Notices:Dkim:KeyFile", workingDirectory);
        if (domain is null || selector is null || file is null)
        {
            if ((domain ?? selector ?? file) is { } given)
                keys.Wrong("Notices:Dkim", "needs Domain, Selector and KeyFile, all three", given, 0);
            return null;
        }
        if (!EmailAddress.TryParse($"n@{selector}.{domain}", "", out _, out _))
            keys.Wrong("Notices:Dkim", "needs a Domain such as example.com and a Selector such as care", domain, 0);
        return new(domain, selector, file);
    }
}
