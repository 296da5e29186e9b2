using ProactiveCare.Jobs.Reading;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Worker.Settings;

/// <summary>The section <c>Notices</c>: senders, rules, and the transport of mail.</summary>
internal static class NoticeSection
{
    public static NoticeSettings Read(KeyReader keys, CompanySettings company, string data, string workingDirectory)
    {
        var from = keys.Or("From", SettingsKeys.Address(company.Name), company.ReplyTo);
        var usual = from.Address[(from.Address.LastIndexOf('@') + 1)..];
        return new NoticeSettings
        {
            From = from,
            ReplyTo = company.ReplyTo,
            Company = company.Name,
            Domain = keys.Or("Domain", Domain, usual),
            TimeZone = company.TimeZone,
            Currency = company.Currency,
            Locale = keys.TextOf("Locale") ?? "en",
            QuietFrom = keys.Or("QuietFrom", SettingsKeys.TimeOfDay, new LocalTime(21, 0)),
            QuietTo = keys.Or("QuietTo", SettingsKeys.TimeOfDay, new LocalTime(8, 0)),
            DailyCap = keys.Or("DailyCap", Scalars.Whole(1, 1000), 3),
            MaxAttempts = keys.Or("MaxAttempts", Scalars.Whole(1, 100), 12),
            Lease = keys.Or("Lease", Scalars.Duration("5s", "1d"), Duration.FromMinutes(30)),
            HoldUncertain = keys.Many("HoldUncertain", Scalars.Name).ToHashSet(StringComparer.Ordinal),
            Smtp = Smtp(keys.Section("Smtp"), usual, workingDirectory),
            Dkim = Dkim(keys, workingDirectory),
            Folder = keys.PathOf("Folder", workingDirectory) ?? Path.Combine(data, "outbox"),
        };
    }

    /// <summary>The destination of mail, in words.</summary>
    public static string Way(NoticeSettings notices) =>
        notices.Smtp is { } relay ? $"through the relay {relay}"
            : $"as .eml files into {notices.Folder}; nobody is written to";

    /// <summary>The transport for mail.</summary>
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

    private static string Domain(string text) => EmailAddress.TryParse("n@" + text, "", out _, out _)
        ? text
        : throw new FormatException(
            $"must be a domain name such as example.com, but is '{HarmlessText.Shown(text)}'.");

    private static SmtpSettings? Smtp(KeyReader keys, string usual, string workingDirectory)
    {
        var host = keys.TextOf("Host");
        var security = keys.Word("Security", "starttls", "tls", "none") switch
        {
            "tls" => SmtpSecurity.Tls,
            "none" => SmtpSecurity.None,
            _ => SmtpSecurity.StartTls,
        };
        var port = keys.Or("Port", Scalars.Whole(1, 65535), security == SmtpSecurity.Tls ? 465 : 587);
        var name = keys.TextOf("ClientName") ?? usual;
        var sessions = keys.Or("Sessions", Scalars.Whole(1, 32), 2);
        var (user, password) = (keys.TextOf("User"), keys.TextOf("Password"));
        var token = keys.PathOf("TokenFile", workingDirectory);
        if (password is not null && token is not null)
            keys.Problem("TokenFile", "and Notices:Smtp:Password exclude each other.");
        else if (user is null != (password ?? token) is null)
            keys.Problem(
                "User", "and Notices:Smtp:Password (or Notices:Smtp:TokenFile) must both be given, or neither.");
        var authorities = keys.PathOf("CaFile", workingDirectory);
        return host is null ? null : new SmtpSettings(host, port, security, name, sessions)
        {
            User = user,
            Password = password,
            TokenFile = token,
            CaFile = authorities,
        };
    }

    private static DkimSettings? Dkim(KeyReader notices, string workingDirectory)
    {
        var keys = notices.Section("Dkim");
        var (domain, selector) = (keys.TextOf("Domain"), keys.TextOf("Selector"));
        var file = keys.PathOf("KeyFile", workingDirectory);
        if (domain is null || selector is null || file is null)
        {
            if ((domain ?? selector ?? file) is not null)
                notices.Problem("Dkim", "needs Domain, Selector and KeyFile, all three.");
            return null;
        }
        if (!EmailAddress.TryParse($"n@{selector}.{domain}", "", out _, out _))
            notices.Problem("Dkim", "needs a Domain such as example.com and a Selector such as care.");
        return new(domain, selector, file);
    }
}
