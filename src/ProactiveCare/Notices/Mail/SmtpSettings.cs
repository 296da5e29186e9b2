namespace ProactiveCare.Notices.Mail;

/// <summary>The protection of the connection to the relay.</summary>
public enum SmtpSecurity
{
    /// <summary>None: only for a relay on this machine or a trusted network.</summary>
    None,

    /// <summary>TLS after STARTTLS, required.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,
}

/// <summary>The relay for our mail.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Usually 587 with STARTTLS, 465 with TLS, 25 without.</param>
/// <param name="Security">The protection of the connection.</param>
/// <param name="ClientName">The domain name in EHLO.</param>
/// <param name="Sessions">The most sessions open at the same time, 1 to 32.</param>
public sealed record SmtpSettings(
    string Host, int Port, SmtpSecurity Security, string ClientName, int Sessions = 2)
{
    /// <summary>The user who signs in; null for a relay that needs none.</summary>
    public string? User { get; init; }

    /// <summary>The password of that user.</summary>
    public string? Password { get; init; }

    /// <summary>The file with the user's access token, for XOAUTH2 instead of a password; read for each
    /// session.</summary>
    public string? TokenFile { get; init; }

    /// <summary>A file of authorities in PEM that are trusted beside those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>The access token that a file holds now.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says the remedy.</exception>
    public static string ReadToken(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } token
                ? token
                : throw new FormatException($"The token file {file} is empty: have the access token written there.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"The token file {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The settings without secrets, for logs.</summary>
    public override string ToString() => $"{Host}:{Port} ({Security})";
}

/// <summary>The DKIM signature of mails.</summary>
/// <param name="Domain">The domain responsible for them (<c>d=</c>).</param>
/// <param name="Selector">The name of the key there (<c>s=</c>).</param>
/// <param name="KeyFile">The private key in PEM: RSA or Ed25519.</param>
public sealed record DkimSettings(string Domain, string Selector, string KeyFile);

/// <summary>The time limit of each stage. Source of the defaults: RFC 5321 section 4.5.3.2.</summary>
/// <param name="Connect">Until the connection is open, TLS included.</param>
/// <param name="Command">The greeting and each reply to a command.</param>
/// <param name="Data">The reply to DATA.</param>
/// <param name="Block">Writing a part of the mail.</param>
/// <param name="Final">The reply to the end of the mail; a shorter limit causes duplicates.</param>
public sealed record SmtpTimeouts(TimeSpan Connect, TimeSpan Command, TimeSpan Data, TimeSpan Block, TimeSpan Final)
{
    /// <summary>The limits of the standard.</summary>
    public static SmtpTimeouts Standard { get; } = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3),
        TimeSpan.FromMinutes(10));
}
