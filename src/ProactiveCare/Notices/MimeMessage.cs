using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace ProactiveCare.Notices;

/// <summary>
/// Writes a mail as RFC 5322 and MIME bytes: one recipient, one multipart/alternative, nothing but ASCII on the wire.
/// </summary>
internal static class MimeMessage
{
    /// <summary>The bytes, every line ended by CRLF. The same mail always gives the same bytes.</summary>
    /// <exception cref="ArgumentException">The Message-ID or list id is not one.</exception>
    public static byte[] Compose(OutgoingMail mail)
    {
        if (!IsMessageId(mail.MessageId))
            throw new ArgumentException($"'{mail.MessageId}' is not a Message-ID.", nameof(mail));
        var boundary = "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mail.MessageId)))[..24];
        var message = new StringBuilder(mail.Text.Length + mail.Html.Length + 1024);
        message.Append(HeaderText.Plain("Date", Date(mail.Date)));
        message.Append(HeaderText.Address("From", mail.From));
        message.Append(HeaderText.Address("Reply-To", mail.ReplyTo));
        message.Append(HeaderText.Address("To", mail.To));
        message.Append(HeaderText.Unstructured("Subject", mail.Subject));
        message.Append(HeaderText.Plain("Message-ID", mail.MessageId));
        if (mail.ListId is { } list) message.Append(HeaderText.Plain("List-Id", $"<{ListId(list)}>"));
        message.Append(HeaderText.Plain("Auto-Submitted", "auto-generated"));
        message.Append(HeaderText.Plain("Content-Language", Language(mail.Language)));
        message.Append("MIME-Version: 1.0\r\n");
        message.Append("Content-Type: multipart/alternative;\r\n boundary=\"").Append(boundary).Append("\"\r\n\r\n");
        Part(message, boundary, "text/plain", mail.Text);
        Part(message, boundary, "text/html", mail.Html);
        message.Append("--").Append(boundary).Append("--\r\n");
        return Encoding.ASCII.GetBytes(message.ToString());
    }

    /// <summary>
    /// Whether the text is a Message-ID that any relay takes: angle brackets, one @, plain characters.
    /// </summary>
    public static bool IsMessageId(string id) =>
        id is ['<', .. var inner, '>'] && inner.Length is > 2 and <= 200 && inner.Count(c => c == '@') == 1
        && inner[0] != '@' && inner[^1] != '@'
        && inner.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or '+');

    private static void Part(StringBuilder message, string boundary, string type, string content)
    {
        message.Append("--").Append(boundary).Append("\r\nContent-Type: ").Append(type)
            .Append("; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
        QuotedPrintable.Append(message, content);
    }

    private static string Date(Instant instant) =>
        instant.ToDateTimeUtc().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static string Language(string language) =>
        language.Length is > 1 and < 36 && language.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? language
            : "en";

    private static string ListId(string list) =>
        list.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? list
            : throw new ArgumentException($"'{list}' is not a list id.", nameof(list));
}
