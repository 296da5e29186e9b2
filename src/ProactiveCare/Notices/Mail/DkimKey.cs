using System.Security.Cryptography;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.Security;

namespace ProactiveCare.Notices.Mail;

/// <summary>Signs mails by DKIM (RFC 6376), relaxed/relaxed, with RSA or Ed25519 (RFC 8463).</summary>
public sealed class DkimKey
{
    private const int LeastBits = 1024;

    private static readonly string[] Signed =
    [
        "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "Content-Language",
        "MIME-Version", "Content-Type",
    ];

    private readonly DkimSettings settings;
    private readonly AsymmetricKeyParameter key;
    private readonly RSA? rsa;

    private DkimKey(DkimSettings settings, AsymmetricKeyParameter key)
    {
        (this.settings, this.key) = (settings, key);
        if (key is RsaPrivateCrtKeyParameters parameters) rsa = RSA.Create(DotNetUtilities.ToRSAParameters(parameters));
    }

    /// <summary>Reads the key.</summary>
    /// <exception cref="FormatException">It cannot be read or used; the message says the remedy.</exception>
    public static DkimKey Load(DkimSettings settings)
    {
        var read = Read(settings.KeyFile);
        return read switch
        {
            RsaPrivateCrtKeyParameters rsa when rsa.Modulus.BitLength < LeastBits => throw new FormatException(
                $"The DKIM key {settings.KeyFile} has {rsa.Modulus.BitLength} bits, and receivers take no signature of "
                + $"fewer than {LeastBits}: make one with 'openssl genrsa 2048'."),
            RsaPrivateCrtKeyParameters or Ed25519PrivateKeyParameters => new(settings, read),
            _ => throw new FormatException(
                $"The DKIM key {settings.KeyFile} is no private key of RSA or Ed25519 in PEM: make one with "
                + "'openssl genrsa 2048' or 'openssl genpkey -algorithm ed25519'."),
        };
    }

    internal void Sign(MimeMessage message, FormatOptions format, Instant at) =>
        new Signer(this, at).Sign(
            format, message, [.. Signed.Where(each => each != "List-Id" || message.Headers.Contains(each))]);

    private static AsymmetricKeyParameter? Read(string file)
    {
        try
        {
            using var reader = new PemReader(new StreamReader(file));
            return reader.ReadObject() switch
            {
                AsymmetricCipherKeyPair pair => pair.Private,
                AsymmetricKeyParameter { IsPrivate: true } single => single,
                _ => null,
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException
            or UnauthorizedAccessException)
        {
            throw new FormatException(
                $"The DKIM key {file} cannot be read: {e.Message} Put the private key there, readable by the worker.",
                e);
        }
        catch (Exception e) when (e is IOException or CryptoException or ArgumentException)
        {
            return null;
        }
    }

    // The signature has the mail's own time, so that a retry has the same signature.
    private sealed class Signer : DkimSigner
    {
        private readonly DkimKey owner;
        private readonly Instant at;

        public Signer(DkimKey owner, Instant at) : base(
            owner.key, owner.settings.Domain, owner.settings.Selector,
            owner.rsa is null ? DkimSignatureAlgorithm.Ed25519Sha256 : DkimSignatureAlgorithm.RsaSha256)
        {
            (this.owner, this.at) = (owner, at);
            HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
            BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        }

        protected override long GetTimestamp() => at.ToUnixTimeSeconds();

        protected override ISigner CreateSigningContext() =>
            owner.rsa is { } rsa ? new SystemRsa(rsa) : base.CreateSigningContext();
    }

    // BouncyCastle's own RSA takes 17 times as long.
    private sealed class SystemRsa(RSA rsa) : ISigner
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public string AlgorithmName => "SHA-256withRSA";

        public void Init(bool forSigning, ICipherParameters parameters)
        {
        }

        public void Update(byte input) => hash.AppendData([input]);

        public void BlockUpdate(byte[] input, int inOff, int inLen) => hash.AppendData(input, inOff, inLen);

        public void BlockUpdate(ReadOnlySpan<byte> input) => hash.AppendData(input);

        public int GetMaxSignatureSize() => rsa.KeySize / 8;

        public byte[] GenerateSignature()
        {
            lock (rsa)
                return rsa.SignHash(hash.GetHashAndReset(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        public bool VerifySignature(byte[] signature) => throw new NotSupportedException();

        public void Reset() => hash.GetHashAndReset();
    }
}
