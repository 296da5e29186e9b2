using System.Net;
using System.Security.Cryptography.X509Certificates;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

public sealed class SmtpTlsTests : IDisposable
{
    private const string Hello = "250-scripted\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN";

    private readonly Certificates certificates = new();

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task Password_and_mail_go_through_TLS(SmtpSecurity security)
    {
        using var certificate = certificates.Issue(IPAddress.Loopback);
        await using var relay = Relay(certificate, security);
        await using var transport = Transport(relay, security, certificates.CaFile);

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal(SendOutcome.Accepted, result.Outcome);
        Assert.Single(relay.Mails);
        // Capabilities from before TLS may be forged, so the relay is asked again.
        var hellos = relay.Heard.Count(line => line.StartsWith("EHLO ", StringComparison.Ordinal));
        Assert.Equal(security == SmtpSecurity.StartTls ? 2 : 1, hellos);
        Assert.Contains("AUTH PLAIN " + Convert.ToBase64String("\0worker\0pässword"u8), relay.Heard);
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task Untrusted_certificate_is_the_relays_trouble(SmtpSecurity security)
    {
        using var others = new Certificates();
        using var certificate = certificates.Issue(IPAddress.Loopback);
        await using var relay = Relay(certificate, security);
        foreach (var authorities in new[] { null, others.CaFile })
        {
            await using var transport = Transport(relay, security, authorities);
            await Refused(relay, transport, "its certificate is not trusted");
        }
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task Trusted_certificate_of_another_name_is_the_relays_trouble(SmtpSecurity security)
    {
        using var certificate = certificates.Issue(IPAddress.Parse("127.0.0.2"));
        await using var relay = Relay(certificate, security);
        await using var transport = Transport(relay, security, certificates.CaFile);
        await Refused(relay, transport, "its certificate is not for this name");
    }

    [Theory]
    [InlineData("missing.pem", "cannot be read")]
    [InlineData("server.key", "holds no certificate")]
    public void Unusable_authorities_are_refused_at_once(string file, string words)
    {
        var path = Path.Combine(Path.GetDirectoryName(certificates.CaFile)!, file);

        var refusal = Assert.Throws<FormatException>(() => new SmtpTransport(
            new("127.0.0.1", 25, SmtpSecurity.StartTls, "worker.example.com") { CaFile = path },
            new(), TimeProvider.System));

        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => certificates.Dispose();

    private static async Task Refused(ScriptedRelay relay, SmtpTransport transport, string words)
    {
        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
        Assert.StartsWith("TLS with 127.0.0.1 failed: " + words, result.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal));
        Assert.Empty(relay.Mails);
    }

    private static ScriptedRelay Relay(X509Certificate2 certificate, SmtpSecurity security) =>
        new(new() { ["EHLO"] = Hello }) { Certificate = certificate, TlsFromTheStart = security == SmtpSecurity.Tls };

    private static SmtpTransport Transport(ScriptedRelay relay, SmtpSecurity security, string? authorities) => new(
        new("127.0.0.1", relay.Port, security, "worker.example.com")
        {
            User = "worker", Password = "pässword", CaFile = authorities,
        },
        new(), TimeProvider.System);
}
