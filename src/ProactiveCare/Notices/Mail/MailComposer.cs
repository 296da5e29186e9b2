using System.Security.Cryptography;
using MimeKit;

namespace ProactiveCare.Notices.Mail;

/// <summary>Composes a mail: one recipient, one multipart/alternative, ASCII except for addresses that need SMTPUTF8.
/// The same mail always has the same bytes, signature included.</summary>
/// <param name="key">Signs each mail; null for none.</param>
public sealed class MailComposer(DkimKey? key = null)
{
    /// <summary>The header of <see cref="OutgoingMail.EventId"/>.</summary>
    internal const string EventHeader = "X-ProactiveCare-Event";

    private const int LongestQuoted = 60;

    private static readonly FormatOptions Plain = Format(international: false);
    private static readonly FormatOptions International = Format(international: true);

    /// <summary>The mail as bytes, every line ended by CRLF.</summary>
    /// <exception cref="ArgumentException">The Message-ID or list id is not one.</exception>
    public byte[] ToBytes(OutgoingMail mail)
    {
        using var message = Compose(mail);
        using var bytes = new MemoryStream(8192);
        message.WriteTo(FormatOf(mail), bytes);
        return bytes.ToArray();
    }

    /// <summary>The same as a message to send with <see cref="FormatOf"/>.</summary>
    internal MimeMessage Compose(OutgoingMail mail)
    {
        if (!IsMessageId(mail.MessageId))
            throw new ArgumentException($"'{mail.MessageId}' is not a Message-ID.", nameof(mail));
        var message = new MimeMessage(Headers(mail)) { Body = Body(mail) };
        key?.Sign(message, FormatOf(mail), mail.Date);
        return message;
    }

    /// <summary>The format of the mail: addresses in UTF-8 only where there is no other form.</summary>
    internal static FormatOptions FormatOf(OutgoingMail mail) => NeedsUtf8(mail) ? International : Plain;

    /// <summary>Whether an address needs SMTPUTF8.</summary>
    internal static bool NeedsUtf8(OutgoingMail mail) =>
        mail.To.IsInternational || mail.From.IsInternational || mail.ReplyTo.IsInternational;

    private static IEnumerable<Header> Headers(OutgoingMail mail)
    {
        yield return new("Date", MimeKit.Utils.DateUtils.FormatDate(mail.Date.ToDateTimeOffset()));
        yield return Address("From", mail.From);
        yield return Address("Reply-To", mail.ReplyTo);
        yield return Address("To", mail.To);
        yield return Text("Subject", HarmlessText.OneLine(mail.Subject));
        yield return new("Message-ID", mail.MessageId);
        if (mail.ListId is { } list) yield return new("List-Id", $"<{ListId(list)}>");
        if (mail.EventId is { } told) yield return new(EventHeader, told);
        yield return new("Auto-Submitted", "auto-generated");
        yield return new("MIME-Version", "1.0");
    }

    private static Header Text(string field, string text) =>
        IsPlain(text) ? new(field, text) : Raw(field, EncodedWords(text));

    private static Header Address(string field, EmailAddress address)
    {
        var name = HarmlessText.OneLine(address.Name);
        return name.Length <= LongestQuoted && IsPlain(name) && !address.IsInternational
            ? new(field, new MailboxAddress(name, address.Address).ToString())
            : Raw(field, [.. name.Length == 0 ? [] : EncodedWords(name), $"<{address.Address}>"]);
    }

    private static bool IsPlain(string text) => Ascii.IsValid(text) && !text.Contains("=?", StringComparison.Ordinal);

    private static Header Raw(string field, List<string> lines)
    {
        var header = new Header(field, "");
        header.SetRawValue(Encoding.UTF8.GetBytes($" {string.Join("\r\n ", lines)}\r\n"));
        return header;
    }

    // MimeKit makes encoded words of up to 120 characters where RFC 2047 allows 75, and leaves long names unfolded.
    private static List<string> EncodedWords(string text)
    {
        const int most = 36;
        var words = new List<string>();
        var word = new List<byte>(most);
        foreach (var rune in text.EnumerateRunes())
        {
            // Whole characters only: readers decode each word separately.
            if (word.Count + rune.Utf8SequenceLength > most) End();
            word.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
        }
        End();
        return words;

        void End()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String([.. word])}?=");
            word.Clear();
        }
    }

    private static MultipartAlternative Body(OutgoingMail mail)
    {
        // The same mail has the same boundary.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(mail.MessageId));
        return new(Part("plain", mail.Text), Part("html", mail.Html))
        {
            Boundary = "=_" + Convert.ToHexStringLower(hash.AsSpan(0, 12)),
            Headers = { { "Content-Language", Language(mail.Language) } },
        };
    }

    // A short part would become base64, which spam filters and readers of the source dislike.
    private static TextPart Part(string subtype, string text) => new(subtype)
    {
        Text = Lines(text).TrimEnd('\n'),
        ContentTransferEncoding = ContentEncoding.QuotedPrintable,
    };

    private static string Lines(string text) => text.Contains('\r', StringComparison.Ordinal)
        ? text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
        : text;

    private static FormatOptions Format(bool international)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.International = international;
        return format;
    }

    // Angle brackets, one @, plain characters: accepted by every relay.
    private static bool IsMessageId(string id) =>
        id is ['<', .. var inner, '>'] && inner.Length is > 2 and <= 200 && inner.Count(c => c == '@') == 1
        && inner[0] != '@' && inner[^1] != '@'
        && inner.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or '+');

    private static string Language(string language) =>
        language.Length is > 1 and < 36 && language.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? language
            : "en";

    private static string ListId(string list) =>
        list.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? list
            : throw new ArgumentException($"'{list}' is not a list id.", nameof(list));
}
