using System.Buffers;
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
        var message = new ArrayBufferWriter<byte>(8192);
        Write(message, mail);
        return message.WrittenSpan.ToArray();
    }

    /// <summary>The same bytes, added to what the target holds.</summary>
    public static void Write(ArrayBufferWriter<byte> target, OutgoingMail mail)
    {
        if (!IsMessageId(mail.MessageId))
            throw new ArgumentException($"'{mail.MessageId}' is not a Message-ID.", nameof(mail));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(mail.MessageId), hash);
        var boundary = "=_" + Convert.ToHexStringLower(hash[..12]);
        var head = new StringBuilder(1024);
        head.Append(HeaderText.Plain("Date", Date(mail.Date)));
        head.Append(HeaderText.Address("From", mail.From));
        head.Append(HeaderText.Address("Reply-To", mail.ReplyTo));
        head.Append(HeaderText.Address("To", mail.To));
        head.Append(HeaderText.Unstructured("Subject", mail.Subject));
        head.Append(HeaderText.Plain("Message-ID", mail.MessageId));
        if (mail.ListId is { } list) head.Append(HeaderText.Plain("List-Id", $"<{ListId(list)}>"));
        head.Append(HeaderText.Plain("Auto-Submitted", "auto-generated"));
        head.Append(HeaderText.Plain("Content-Language", Language(mail.Language)));
        head.Append("MIME-Version: 1.0\r\n");
        head.Append("Content-Type: multipart/alternative;\r\n boundary=\"").Append(boundary).Append("\"\r\n\r\n");
        Add(target, head.ToString());
        Part(target, boundary, "text/plain", mail.Text);
        Part(target, boundary, "text/html", mail.Html);
        Add(target, $"--{boundary}--\r\n");
    }

    /// <summary>
    /// Whether the text is a Message-ID that any relay takes: angle brackets, one @, plain characters.
    /// </summary>
    public static bool IsMessageId(string id) =>
        id is ['<', .. var inner, '>'] && inner.Length is > 2 and <= 200 && inner.Count(c => c == '@') == 1
        && inner[0] != '@' && inner[^1] != '@'
        && inner.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or '+');

    private static void Part(ArrayBufferWriter<byte> target, string boundary, string type, string content)
    {
        Add(target, $"--{boundary}\r\nContent-Type: {type}; charset=utf-8\r\n"
            + "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        QuotedPrintable.Append(target, content);
    }

    private static void Add(ArrayBufferWriter<byte> target, string ascii) => Encoding.ASCII.GetBytes(ascii, target);

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
