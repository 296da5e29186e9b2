using System.Security.Cryptography;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Words;
using ProactiveCare.Tests.RealData;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>Signatures, checked by python3-dkim.</summary>
public sealed class DkimTests : IDisposable
{
    // The key of RFC 8463, appendix A.
    private const string Ed25519Private = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    private const string Ed25519Public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dkim-");
    private readonly RSA rsa = RSA.Create(2048);

    private string KeyFile => Path.Combine(folder.FullName, "dkim.pem");

    [Theory]
    [InlineData("pkcs1")]
    [InlineData("pkcs8")]
    [InlineData("ed25519")]
    public void Independent_verifier_accepts_the_signature_and_no_altered_mail(string kind)
    {
        File.WriteAllText(KeyFile, kind switch
        {
            "pkcs1" => rsa.ExportRSAPrivateKeyPem(),
            "pkcs8" => rsa.ExportPkcs8PrivateKeyPem(),
            _ => Ed25519Pem(),
        });
        var record = kind == "ed25519"
            ? $"v=DKIM1; k=ed25519; p={Ed25519Public}"
            : $"v=DKIM1; k=rsa; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}";

        var told = Verify(Signed(), record);

        Assert.Equal(["pass", "fail", "fail"], told[..3]);
        Assert.Equal("care._domainkey.example.com.", told[3]);
        Assert.Equal($"relaxed/relaxed {Samples.Mail().Date.ToUnixTimeSeconds()}", told[4]);
        Assert.Equal(
            "auto-submitted content-language content-type date from list-id message-id mime-version reply-to "
                + "subject to",
            told[5]);
    }

    [Fact]
    public void Signed_mail_sent_again_has_the_same_bytes()
    {
        File.WriteAllText(KeyFile, rsa.ExportPkcs8PrivateKeyPem());

        Assert.Equal(Signed(), Signed());
    }

    [Theory]
    [InlineData(null, "cannot be read")]
    [InlineData("", "no private key of RSA or Ed25519 in PEM")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key of RSA or Ed25519")]
    [InlineData("public", "no private key of RSA or Ed25519")]
    [InlineData("elliptic", "no private key of RSA or Ed25519")]
    [InlineData("small", "has 512 bits")]
    public void Unusable_key_is_refused_with_advice(string? content, string words)
    {
        using var small = RSA.Create(512);
        using var elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var text = content switch
        {
            "public" => rsa.ExportSubjectPublicKeyInfoPem(),
            "elliptic" => elliptic.ExportPkcs8PrivateKeyPem(),
            "small" => small.ExportPkcs8PrivateKeyPem(),
            _ => content,
        };
        if (text is not null) File.WriteAllText(KeyFile, text);

        var refusal = Assert.Throws<FormatException>(() => DkimKey.Load(Settings));

        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(KeyFile, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        rsa.Dispose();
        folder.Delete(recursive: true);
    }

    private DkimSettings Settings => new("example.com", "care", KeyFile);

    private static string Ed25519Pem()
    {
        // PKCS #8: version 0, the algorithm's identifier, the key.
        byte[] head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        return PemEncoding.WriteString("PRIVATE KEY", [.. head, .. Convert.FromBase64String(Ed25519Private)]);
    }

    private byte[] Signed() => new MailComposer(DkimKey.Load(Settings)).ToBytes(Samples.Mail());

    private string[] Verify(byte[] mail, string record)
    {
        var file = Path.Combine(folder.FullName, "mail.eml");
        File.WriteAllBytes(file, mail);
        return [.. Reference.Run("verify_dkim.py", file, record)];
    }
}
