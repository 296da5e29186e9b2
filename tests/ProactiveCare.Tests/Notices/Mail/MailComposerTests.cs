using System.Text;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Tests.Notices.Mail;

public sealed class MailComposerTests
{
    [Fact]
    public void The_sample_is_what_a_parser_of_another_language_read_back()
    {
        var text = Encoding.ASCII.GetString(Samples.Bytes(Samples.Mail()));

        Assert.Equal(File.ReadAllText(Samples.Data("sample.eml")), text);
    }

    [Fact]
    public void No_value_adds_a_header_or_leaves_ASCII()
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
        Assert.Contains("Content-Language: en\r\n", head, StringComparison.Ordinal);
        Assert.All(bytes, b => Assert.InRange(b, (byte)9, (byte)126));
        Assert.DoesNotContain("\n\n", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
        var text = Encoding.ASCII.GetString(bytes);
        Assert.Equal(text.Count(c => c == '\n'), text.Split("\r\n").Length - 1);
    }

    [Fact]
    public void Lines_stay_short_and_long_words_survive_folding()
    {
        var mail = Samples.Mail() with
        {
            Subject = string.Concat(Enumerable.Repeat("🎬 Größe ", 40)),
            Text = new string('=', 300) + "\n" + new string('x', 2000) + "\n" + new string('ä', 300) + " ",
        };

        var text = Encoding.ASCII.GetString(Samples.Bytes(mail));

        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        Assert.Equal(string.Concat(Enumerable.Repeat("🎬 Größe ", 40)).Trim(), DecodedSubject(text));
        Assert.DoesNotContain(text.Split("\r\n"), line => line.EndsWith(' ') || line.StartsWith('.'));
    }

    [Theory]
    [InlineData("n1@example.com")]
    [InlineData("<n1@example.com>\r\nBcc: x")]
    [InlineData("<n1>")]
    [InlineData("<a@b@c>")]
    [InlineData("<a b@c>")]
    public void A_message_id_is_one_or_nothing_is_composed(string id) =>
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
    public void An_address_that_cannot_be_used_is_refused_in_words(string? text, string message)
    {
        Assert.False(EmailAddress.TryParse(text, "", out _, out var problem));
        Assert.Contains(message, problem, StringComparison.Ordinal);
    }

    private static string DecodedSubject(string text)
    {
        var lines =
            text.Split("\r\n").SkipWhile(line => !line.StartsWith("Subject:", StringComparison.Ordinal)).ToList();
        var words =
            lines.Take(1).Concat(lines.Skip(1).TakeWhile(line => line.StartsWith(' ')))
                .Select(line => line.Replace("Subject:", "").Trim());
        return string.Concat(words.SelectMany(line => line.Split(' ')).Select(word =>
            Encoding.UTF8.GetString(Convert.FromBase64String(word["=?utf-8?B?".Length..^2]))));
    }
}
