using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>
/// Opens a session: connection, greeting, TLS, sign-in. Whatever is refused here is the relay's trouble.
/// </summary>
internal sealed class SmtpConnection(
    SmtpSettings settings, SmtpTimeouts timeouts, TimeProvider time, RemoteCertificateValidationCallback? certificates)
{
    public async Task<SmtpSession> Open(CancellationToken cancellation)
    {
        CrashPoint.At("SmtpConnection.Open:before");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SmtpWire? wire = null;
        try
        {
            wire = new(Stream.Null, time);
            wire = new(await Connect(wire, socket, cancellation), time);
            if (settings.Security == SmtpSecurity.Tls) wire = await Protect(wire, cancellation);
            await Expect(wire, null, 220, "greeting", cancellation);
            var offers = await Hello(wire, cancellation);
            if (settings.Security == SmtpSecurity.StartTls)
            {
                wire = await StartTls(wire, offers, cancellation);
                offers = await Hello(wire, cancellation);
            }
            if (settings.User is not null) await SignIn(wire, offers, IsLoopback(socket), cancellation);
            return new(wire, timeouts, offers.ContainsKey("PIPELINING"), MaxSize(offers), offers.ContainsKey("SIZE"));
        }
        catch
        {
            if (wire is not null) await wire.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    private Task<NetworkStream> Connect(SmtpWire wire, Socket socket, CancellationToken cancellation) =>
        wire.Bounded($"connecting to {settings.Host}:{settings.Port}", timeouts.Connect, async token =>
        {
            try
            {
                await socket.ConnectAsync(settings.Host, settings.Port, token);
            }
            catch (SocketException e)
            {
                throw new SmtpTrouble($"No relay answers at {settings.Host}:{settings.Port}: {e.Message}.", e);
            }
            return new NetworkStream(socket, ownsSocket: true);
        }, cancellation);

    private async Task<SmtpWire> StartTls(
        SmtpWire wire, Dictionary<string, string> offers, CancellationToken cancellation)
    {
        if (!offers.ContainsKey("STARTTLS"))
            throw new SmtpTrouble($"The relay {settings.Host} does not offer STARTTLS, which the settings require.");
        await Expect(wire, "STARTTLS", 220, "STARTTLS", cancellation);
        // What stands here was said before TLS, by anybody on the way.
        if (wire.HasUnread) throw new SmtpTrouble("The relay sent more than its reply to STARTTLS.");
        return await Protect(wire, cancellation);
    }

    private async Task<SmtpWire> Protect(SmtpWire wire, CancellationToken cancellation)
    {
        var tls = new SslStream(wire.Stream, leaveInnerStreamOpen: false, certificates);
        return await wire.Bounded("starting TLS", timeouts.Connect, async token =>
        {
            try
            {
                var options = new SslClientAuthenticationOptions { TargetHost = settings.Host };
                await tls.AuthenticateAsClientAsync(options, token);
                return new SmtpWire(tls, time);
            }
            catch (AuthenticationException e)
            {
                throw new SmtpTrouble($"TLS with {settings.Host} failed: {e.Message}", e);
            }
        }, cancellation);
    }

    private async Task<Dictionary<string, string>> Hello(SmtpWire wire, CancellationToken cancellation)
    {
        var reply = await Expect(wire, "EHLO " + settings.ClientName, 250, "EHLO", cancellation);
        var offers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in reply.Lines.Skip(1))
        {
            var words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            offers[words[0]] = words.Length > 1 ? words[1] : "";
        }
        return offers;
    }

    private async Task SignIn(
        SmtpWire wire, Dictionary<string, string> offers, bool isLoopback, CancellationToken cancellation)
    {
        if (settings.Security == SmtpSecurity.None && !isLoopback)
            throw new SmtpTrouble(
                "A password is not sent without TLS: set the security of the relay to StartTls or Tls.");
        var (user, password) = (settings.User!, settings.Password ?? "");
        var ways = offers.GetValueOrDefault("AUTH", "").ToUpperInvariant().Split(' ');
        if (ways.Contains("PLAIN"))
        {
            await Expect(wire, "AUTH PLAIN " + Base64($"\0{user}\0{password}"), 235, "sign-in", cancellation);
        }
        else if (ways.Contains("LOGIN"))
        {
            await Expect(wire, "AUTH LOGIN", 334, "sign-in", cancellation);
            await Expect(wire, Base64(user), 334, "sign-in", cancellation);
            await Expect(wire, Base64(password), 235, "sign-in", cancellation);
        }
        else
        {
            throw new SmtpTrouble(
                $"The relay {settings.Host} offers neither AUTH PLAIN nor AUTH LOGIN, but the settings name a user.");
        }
    }

    private async Task<SmtpReply> Expect(
        SmtpWire wire, string? command, int code, string stage, CancellationToken cancellation)
    {
        if (command is not null) await wire.Write(command + "\r\n", timeouts.Command, cancellation);
        var reply = await wire.Read(timeouts.Command, cancellation);
        return reply.Code == code ? reply : throw new SmtpTrouble($"The relay refused the {stage}: {reply}");
    }

    private static bool IsLoopback(Socket socket) =>
        socket.RemoteEndPoint is IPEndPoint { Address: var address }
        && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static long MaxSize(Dictionary<string, string> offers) =>
        long.TryParse(offers.GetValueOrDefault("SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : 0;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
