namespace ProactiveCare.Notices;

/// <summary>How the connection to the relay is protected.</summary>
public enum SmtpSecurity
{
    /// <summary>Not at all: only for a relay on this machine or a trusted network.</summary>
    None,

    /// <summary>TLS after STARTTLS, required.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,
}

/// <summary>The relay that takes our mail.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Usually 587 with STARTTLS, 465 with TLS, 25 without.</param>
/// <param name="Security">How the connection is protected.</param>
/// <param name="ClientName">What we call ourselves in EHLO: a domain name.</param>
/// <param name="User">Who signs in; null for a relay that needs none.</param>
/// <param name="Password">The password of that user.</param>
/// <param name="Sessions">How many sessions may be open at the same time, 1 to 32.</param>
public sealed record SmtpSettings(
    string Host, int Port, SmtpSecurity Security, string ClientName, string? User = null, string? Password = null,
    int Sessions = 2)
{
    /// <summary>The settings without the password, for logs.</summary>
    public override string ToString() => $"{Host}:{Port} ({Security})";
}

/// <summary>How long each stage may take. Source of the defaults: RFC 5321 section 4.5.3.2.</summary>
/// <param name="Connect">Until the connection stands, TLS included.</param>
/// <param name="Command">Greeting and each reply to a command.</param>
/// <param name="Data">The reply to DATA.</param>
/// <param name="Block">Writing a part of the mail.</param>
/// <param name="Final">The reply to the end of the mail; a shorter one makes duplicates.</param>
public sealed record SmtpTimeouts(TimeSpan Connect, TimeSpan Command, TimeSpan Data, TimeSpan Block, TimeSpan Final)
{
    /// <summary>What the standard asks for.</summary>
    public static SmtpTimeouts Standard { get; } = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3),
        TimeSpan.FromMinutes(10));
}
