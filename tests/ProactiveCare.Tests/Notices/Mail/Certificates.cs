using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>An authority made for one test, and servers that it vouches for, as files in PEM.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tls-");
    private readonly RSA authorityKey = RSA.Create(2048);
    private readonly X509Certificate2 authority;

    public Certificates()
    {
        var request = Request("CN=Test authority", authorityKey);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(CaFile, authority.ExportCertificatePem());
        Issue(IPAddress.Loopback).Dispose();
    }

    public string CaFile => Path.Combine(folder.FullName, "ca.pem");

    public string ServerFile => Path.Combine(folder.FullName, "server.pem");

    public string ServerKeyFile => Path.Combine(folder.FullName, "server.key");

    /// <summary>A certificate for a server at this address; the files hold the last one.</summary>
    public X509Certificate2 Issue(IPAddress address)
    {
        using var key = RSA.Create(2048);
        var request = Request("CN=server", key);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(
            authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        File.WriteAllText(ServerFile, issued.ExportCertificatePem());
        File.WriteAllText(ServerKeyFile, key.ExportPkcs8PrivateKeyPem());
        return X509Certificate2.CreateFromPemFile(ServerFile, ServerKeyFile);
    }

    public void Dispose()
    {
        authority.Dispose();
        authorityKey.Dispose();
        folder.Delete(recursive: true);
    }

    private static CertificateRequest Request(string name, RSA key) =>
        new(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
