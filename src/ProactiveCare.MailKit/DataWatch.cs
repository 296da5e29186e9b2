using System.Text;
using MailKit;

namespace ProactiveCare.MailKit;

/// <summary>
/// Sees whether the relay has asked for the mail itself. MailKit does not tell at which stage a send failed, and from
/// there on a failure means that nobody knows.
/// </summary>
internal sealed class DataWatch : IProtocolLogger
{
    private bool asked;
    private volatile bool accepted;

    /// <summary>Whether the mail may have begun to go out.</summary>
    public bool IsUnderWay => accepted;

    /// <summary>Required by MailKit; nothing is written anywhere, so there is nothing to hide.</summary>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    public void Begin() => (asked, accepted) = (false, false);

    public void LogConnect(Uri uri)
    {
    }

    public void LogClient(byte[] buffer, int offset, int count)
    {
        if (!asked)
            asked = Encoding.ASCII.GetString(buffer, offset, count).EndsWith("DATA\r\n", StringComparison.Ordinal);
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        if (asked && !accepted) accepted = count > 0 && buffer[offset] == (byte)'3';
    }

    public void Dispose()
    {
    }
}
