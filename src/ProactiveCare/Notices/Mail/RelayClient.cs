using System.Net;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.IO;

namespace ProactiveCare.Notices.Mail;

/// <summary>The mail exceeds the relay's size limit; nothing of it was sent.</summary>
internal sealed class MailTooLargeException(string message) : Exception(message);

/// <summary>MailKit's client, with the product's rules of TLS, sign-in and size.</summary>
internal sealed class RelayClient : SmtpClient
{
    // Only the strongest mechanism that the relay offers is tried: refused passwords lock accounts.
    private static readonly string[] Mechanisms = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"];

    private string? distrust;

    public RelayClient(SmtpWatch watch, RelayTrust trust) : base(watch)
    {
        // The watch bounds each wait.
        Timeout = System.Threading.Timeout.Infinite;
        CheckCertificateRevocation = false;
        ServerCertificateValidationCallback = (_, shown, chain, errors) =>
            (distrust = trust.Problem(shown, chain, errors)) is null;
    }

    /// <summary>Whether the relay takes addresses in UTF-8.</summary>
    public bool TakesUtf8 =>
        Capabilities.HasFlag(SmtpCapabilities.UTF8) && Capabilities.HasFlag(SmtpCapabilities.EightBitMime);

    /// <summary>Runs greeting, TLS and sign-in over a connected socket.</summary>
    public async Task Open(Socket socket, SmtpSettings settings, CancellationToken cancellation)
    {
        LocalDomain = settings.ClientName;
        await ConnectAsync(socket, settings.Host, settings.Port, settings.Security switch
        {
            SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
            SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        }, cancellation);
        if (settings.User is not { } user) return;
        if (!IsSecure && !IsLoopback(socket))
        {
            throw new SmtpTrouble(
                "A password is not sent without TLS: set the security of the relay to StartTls or Tls.");
        }
        await AuthenticateAsync(Mechanism(settings, user), cancellation);
    }

    /// <summary>The reason why the session could not be opened, in words for operators.</summary>
    public string Explain(Exception e, SmtpSettings settings, string command) => HarmlessText.OneLine(e switch
    {
        SocketException => $"No relay answers at {settings.Host}:{settings.Port}: {e.Message}.",
        SslHandshakeException => $"TLS with {settings.Host} failed: {distrust ?? e.InnerException?.Message}",
        AuthenticationException => $"The relay refused the sign-in: {e.Message}",
        NotSupportedException when settings.Security == SmtpSecurity.StartTls && !IsSecure =>
            $"The relay {settings.Host} does not offer STARTTLS, which the settings require.",
        SmtpCommandException refusal => $"The relay refused the {command}: {(int)refusal.StatusCode} {e.Message}",
        FormatException => e.Message,
        _ => Broke(e),
    });

    /// <summary>A broken connection, in words.</summary>
    public static string Broke(Exception e) => HarmlessText.OneLine(
        e is SmtpTrouble ? e.Message : $"The connection to the relay broke: {e.Message}");

    // A mail that is too large is not offered.
    protected override Task<long> GetSizeAsync(
        FormatOptions options, MimeMessage message, CancellationToken cancellationToken)
    {
        var size = GetSize(options, message, cancellationToken);
        return MaxSize == 0 || size <= MaxSize
            ? Task.FromResult(size)
            : throw new MailTooLargeException($"The mail has {size} bytes; the relay takes at most {MaxSize}.");
    }

    // The size on the wire, dots doubled, so that the watch recognises the last byte.
    protected override long GetSize(FormatOptions options, MimeMessage message, CancellationToken cancellationToken)
    {
        using var measure = new MeasuringStream();
        using var filtered = new FilteredStream(measure);
        filtered.Add(new SmtpDataFilter());
        message.WriteTo(options, filtered, cancellationToken);
        filtered.Flush(cancellationToken);
        return measure.Length;
    }

    // The message is composed for any relay, and may be signed.
    protected override void Prepare(
        FormatOptions options, MimeMessage message, EncodingConstraint constraint, int maxLineLength)
    {
    }

    private SaslMechanism Mechanism(SmtpSettings settings, string user)
    {
        if (settings.TokenFile is { } file)
        {
            return AuthenticationMechanisms.Contains("XOAUTH2")
                ? new SaslMechanismOAuth2(user, SmtpSettings.ReadToken(file))
                : throw new SmtpTrouble(
                    $"The relay {settings.Host} does not offer AUTH XOAUTH2, but the settings name a token file.");
        }
        var name = Mechanisms.FirstOrDefault(AuthenticationMechanisms.Contains) ?? throw new SmtpTrouble(
            $"The relay {settings.Host} offers none of AUTH {string.Join(", ", Mechanisms)}, but the settings name a "
            + "user.");
        return SaslMechanism.Create(name, new NetworkCredential(user, settings.Password ?? ""))!;
    }

    private static bool IsLoopback(Socket socket) =>
        socket.RemoteEndPoint is IPEndPoint { Address: var address }
        && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
