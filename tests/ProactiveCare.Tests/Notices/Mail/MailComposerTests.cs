using System.Text;
using ProactiveCare.Notices;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

public sealed class MailComposerTests
{
    [Fact]
    public void Parser_of_another_language_reads_back_every_field()
    {
        var mail = Samples.Mail() with { Html = "<p>Größe &amp; Farbe</p>\r\n\r\n" };

        var read = ReferenceMail.Read(Samples.Bytes(mail));

        Assert.Equal(
            [
                "Date: Sat, 14 Mar 2026 20:15:00 +0000",
                "From: Example \"Video\" <care@example.com>",
                "Reply-To: people@example.com",
                "To: Ada Müller <ada@xn--bcher-kva.example>",
                "Subject: Wir haben „Die lange Nacht“ erstattet",
                "Message-ID: <n1.a1b2@example.com>",
                "List-Id: <playback.example.com>",
                "Auto-Submitted: auto-generated",
                "MIME-Version: 1.0",
                "Content-Type: multipart/alternative; boundary=\"=_3fe30095dce58a4769cdf525\"",
                "Content-Language: de-AT",
            ],
            read.Headers.Select(each => $"{each[0]}: {Unquoted(each)}"));
        Assert.Equal(
            [
                new("text/plain", "utf-8", "quoted-printable",
                    "Guten Tag,\r\n\r\n.ein Punkt am Anfang\r\nFrom hier an Umlaute: ÄÖÜ = gut "),
                new("text/html", "utf-8", "quoted-printable", "<p>Größe &amp; Farbe</p>"),
            ],
            read.Parts);
        Assert.Empty(read.Defects);
    }

    [Theory]
    [InlineData("Größe ")]
    [InlineData("ä")]
    [InlineData("🎬")]
    [InlineData("Привет, мир: ")]
    [InlineData("字幕")]
    [InlineData("=?utf-8?B?")]
    [InlineData("a,b;c@d \"e\" \\ ")]
    public void Long_subjects_and_names_survive_folding(string words)
    {
        var text = string.Concat(Enumerable.Repeat(words, 60)).Trim();
        var mail = Samples.Mail() with { Subject = text, To = EmailAddress.Parse("ada@example.com", text) };

        var bytes = Samples.Bytes(mail);

        Assert.All(Encoding.ASCII.GetString(bytes).Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        var read = ReferenceMail.Read(bytes);
        Assert.Equal(text, read.Header("Subject"));
        Assert.Equal(text, Unquoted(["To", read.Header("To")])[..^" <ada@example.com>".Length]);
        Assert.Empty(read.Defects);
    }

    [Fact]
    public void Mail_sent_again_has_the_same_bytes() =>
        Assert.Equal(Samples.Bytes(Samples.Mail()), Samples.Bytes(Samples.Mail()));

    [Fact]
    public void Address_with_letters_beyond_ASCII_is_written_in_UTF8()
    {
        var mail = Samples.Mail() with { To = EmailAddress.Parse("ädä@bücher.example", "Ada Müller") };

        var text = Encoding.UTF8.GetString(Samples.Bytes(mail));

        Assert.Contains("<ädä@xn--bcher-kva.example>\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_values_add_no_header_and_stay_ASCII()
    {
        const string hostile = "x\r\nBcc: victim@example.com\n\nbody\r.\u2028y\0";
        var mail = Samples.Mail() with
        {
            Subject = hostile,
            From = EmailAddress.Parse("a@example.com", hostile),
            To = EmailAddress.Parse("b@example.com", hostile),
            Language = hostile,
        };

        var bytes = Samples.Bytes(mail);

        var head = Encoding.ASCII.GetString(bytes).Split("\r\n\r\n")[0];
        Assert.DoesNotContain("\nBcc", head, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("\r\nContent-Language: en", head, StringComparison.Ordinal);
        Assert.All(bytes, b => Assert.InRange(b, (byte)9, (byte)126));
        Assert.DoesNotContain("\n\n", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
        var text = Encoding.ASCII.GetString(bytes);
        Assert.Equal(text.Count(c => c == '\n'), text.Split("\r\n").Length - 1);
    }

    [Fact]
    public void Lines_of_the_parts_stay_short()
    {
        var mail = Samples.Mail() with
        {
            Text = new string('=', 300) + "\n" + new string('x', 2000) + "\n" + new string('ä', 300) + " ",
        };

        var text = Encoding.ASCII.GetString(Samples.Bytes(mail));

        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        Assert.DoesNotContain(text.Split("\r\n"), line => line.EndsWith(' '));
        Assert.Equal(mail.Text.Replace("\n", "\r\n"), ReferenceMail.Read(Samples.Bytes(mail)).Parts[0].Text);
    }

    [Theory]
    [InlineData("n1@example.com")]
    [InlineData("<n1@example.com>\r\nBcc: x")]
    [InlineData("<n1>")]
    [InlineData("<a@b@c>")]
    [InlineData("<a b@c>")]
    public void Malformed_message_id_is_refused(string id) =>
        Assert.Throws<ArgumentException>(() => Samples.Bytes(Samples.Mail(id)));

    [Theory]
    [InlineData("ada@example.com", "ada@example.com")]
    [InlineData(" Ada.B+x@Example.COM ", "Ada.B+x@example.com")]
    [InlineData("ada@bücher.example", "ada@xn--bcher-kva.example")]
    [InlineData("ädä@bücher.example", "ädä@xn--bcher-kva.example")]
    public void Domain_of_an_address_is_kept_in_ASCII(string text, string address) =>
        Assert.Equal(address, EmailAddress.Parse(text).Address);

    [Theory]
    [InlineData("", "no e-mail address")]
    [InlineData(null, "no e-mail address")]
    [InlineData("ada", "needs a name, an @")]
    [InlineData("@example.com", "needs a name, an @")]
    [InlineData("ada@", "needs a name, an @")]
    [InlineData("a b@example.com", "before the @")]
    [InlineData("a\r\nRCPT TO:<x@y>@example.com", "before the @")]
    [InlineData("a@b>@example.com", "before the @")]
    [InlineData(".a@example.com", "before the @")]
    [InlineData("a@exa mple.com", "not a domain")]
    [InlineData("a@-example.com", "not a domain")]
    [InlineData("a@example..com", "not a domain")]
    public void Unusable_address_is_refused_with_the_reason(string? text, string message)
    {
        Assert.False(EmailAddress.TryParse(text, "", out _, out var problem));
        Assert.Contains(message, problem, StringComparison.Ordinal);
    }

    // Python quotes a name again where it has to.
    private static string Unquoted(IReadOnlyList<string> header)
    {
        if (header[0] is not ("From" or "To") || header[1][0] != '"') return header[1];
        var end = header[1].LastIndexOf('"');
        return header[1][1..end].Replace("\\\"", "\"").Replace("\\\\", "\\") + header[1][(end + 1)..];
    }

    // One address that cannot be composed would stop every mail behind it.
    [Fact]
    public void Every_address_that_is_taken_is_composed_and_read_as_itself()
    {
        const string Drawn = "ab1.._-+@\"\\ <>,;:()[]'`{|}~=?%é日";
        var random = new Random(1);
        var taken = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var drawn = Enumerable.Range(0, random.Next(1, 7)).Select(_ => Drawn[random.Next(Drawn.Length)]);
            var local = string.Concat(drawn);
            var text = (random.Next(2) == 0 ? local : $"\"{local}\"") + "@b.example";
            if (!EmailAddress.TryParse(text, "Ada", out var to, out _)) continue;
            taken++;
            var bytes = Samples.Bytes(Samples.Mail() with { To = to });
            using var message = MimeKit.MimeMessage.Load(new MemoryStream(bytes));
            var read = string.Join(' ', message.To.Mailboxes.Select(each => each.Address));
            Assert.Equal((text, to.Address), (text, read));
            Assert.Equal(to.Address, new MimeKit.MailboxAddress("Ada", to.Address).Address);
        }
        Assert.InRange(taken, 2_000, 18_000);
    }
}
