using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Tests.Notices.Mail;

public sealed class SmtpTlsTests : IDisposable
{
    private const string Hello = "250-scripted\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN";

    private readonly string caFile = Path.Combine(Directory.CreateTempSubdirectory("tls-").FullName, "ca.pem");

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task The_password_and_the_mail_go_through_TLS(SmtpSecurity security)
    {
        using var certificate = SelfSigned();
        await using var relay = Relay(certificate, security);
        await using var transport = Transport(relay, security, certificate);

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal(SendOutcome.Accepted, result.Outcome);
        Assert.Single(relay.Mails);
        // What a relay says before TLS may be anybody's word, so it is asked again.
        var hellos = relay.Heard.Count(line => line.StartsWith("EHLO ", StringComparison.Ordinal));
        Assert.Equal(security == SmtpSecurity.StartTls ? 2 : 1, hellos);
        Assert.Contains("AUTH PLAIN " + Convert.ToBase64String("\0worker\0pässword"u8), relay.Heard);
    }

    [Theory]
    [InlineData(SmtpSecurity.StartTls)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task A_certificate_that_nobody_vouches_for_is_the_relays_trouble(SmtpSecurity security)
    {
        using var certificate = SelfSigned();
        await using var relay = Relay(certificate, security);
        await using var transport = Transport(relay, security, null);

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
        Assert.StartsWith("TLS with 127.0.0.1 failed", result.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(caFile)!, recursive: true);

    private static ScriptedRelay Relay(X509Certificate2 certificate, SmtpSecurity security) =>
        new(new() { ["EHLO"] = Hello }) { Certificate = certificate, TlsFromTheStart = security == SmtpSecurity.Tls };

    private SmtpTransport Transport(ScriptedRelay relay, SmtpSecurity security, X509Certificate2? trusted)
    {
        if (trusted is not null) File.WriteAllText(caFile, trusted.ExportCertificatePem());
        return new(
            new("127.0.0.1", relay.Port, security, "worker.example.com")
            {
                User = "worker", Password = "pässword", CaFile = trusted is null ? null : caFile,
            },
            new(), TimeProvider.System);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
