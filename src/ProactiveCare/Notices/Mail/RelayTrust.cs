using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ProactiveCare.Notices.Mail;

/// <summary>The trust in certificates of relays: the system's authorities, and those of one file.</summary>
internal sealed class RelayTrust
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly X509Certificate2Collection authorities = [];

    /// <exception cref="FormatException">The file cannot be used; the message says the remedy.</exception>
    public RelayTrust(string? caFile)
    {
        if (caFile is null) return;
        try
        {
            authorities.ImportFromPemFile(caFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FormatException($"The CA file {caFile} cannot be read: {e.Message}", e);
        }
        if (authorities.Count == 0)
            throw new FormatException($"The CA file {caFile} holds no certificate: give one or more in PEM.");
    }

    /// <summary>The reason why a certificate is not trusted; null when it is.</summary>
    public string? Problem(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.RemoteCertificateChainErrors && authorities.Count > 0
            ? Problem(shown!, chain!)
            : Problem(errors, chain);

    private string? Problem(X509Certificate shown, X509Chain chain)
    {
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        return own.Build(certificate) ? null : Problem(SslPolicyErrors.RemoteCertificateChainErrors, own);
    }

    private static string? Problem(SslPolicyErrors errors, X509Chain? chain) => errors switch
    {
        SslPolicyErrors.None => null,
        SslPolicyErrors.RemoteCertificateChainErrors =>
            $"its certificate is not trusted ({string.Join(", ", chain!.ChainStatus.Select(each => each.Status))}).",
        _ => $"its certificate is not for this name, or none was shown ({errors}).",
    };
}
