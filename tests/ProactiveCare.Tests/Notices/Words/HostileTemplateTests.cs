using System.Text;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Tests.Notices.Words;

/// <summary>Templates and values that attack the renderer, the mail or its reader.</summary>
public sealed class HostileTemplateTests
{
    [Theory]
    [InlineData("{{", "never closed")]
    [InlineData("}}{{", "is not allowed")]
    [InlineData("{{a}}", "more than 300 tags")]
    [InlineData("{{! when }}", "more than 300 tags")]
    [InlineData("{{#if a}}", "nested deeper than 4")]
    [InlineData("{{{a}}}", "unescaped")]
    [InlineData(">", "marks of Markdown")]
    [InlineData("[", "marks of Markdown")]
    [InlineData("[a](", "marks of Markdown")]
    [InlineData("*a ", "marks of Markdown")]
    [InlineData("`", "marks of Markdown")]
    [InlineData("1. ", "stand in each other too deep")]
    [InlineData("- ", "")]
    [InlineData("\u001b[2J", "control characters")]
    [InlineData("\uE000", "private-use")]
    public void Sixty_kilobytes_of_any_content_give_short_problems(string unit, string words)
    {
        var text = "Subject: s\n\n" + string.Concat(Enumerable.Repeat(unit, 60_000 / unit.Length));
        var problems = NoticeLint.Check("notice.en.md", text, [NoticeEvent.Refunded], ["a"]);
        Assert.Contains(problems, problem => problem.Message.Contains(words, StringComparison.Ordinal));
        Assert.InRange(problems.Count, 1, 2_000);
        Assert.All(problems, problem => Assert.DoesNotContain(problem.Message, char.IsControl));
    }

    [Theory]
    [InlineData(">", 900)]
    [InlineData("[", 900)]
    [InlineData("*a ", 900)]
    [InlineData("[a](", 900)]
    [InlineData("**a *b", 300)]
    public void Markdown_nested_too_deep_is_a_problem_and_no_crash(string unit, int count)
    {
        var text = "Subject: s\n\n" + string.Concat(Enumerable.Repeat(unit, count));
        Assert.NotEmpty(NoticeLint.Check("notice.en.md", text, [NoticeEvent.Refunded], []));
    }

    [Theory]
    [InlineData("\r\nBcc: victim@example.com\r\n\r\nbody")]
    [InlineData("\u2028Bcc: victim@example.com")]
    [InlineData("\u202Etxet\u202C \u2066\u2069\uFEFF")]
    [InlineData("<script>alert(1)</script><img src=x onerror=alert(1)>")]
    [InlineData("[click](javascript:alert(1)) <javascript:alert(1)>")]
    [InlineData("=?utf-8?B?QmNj?= =?utf-8?Q?=0D=0ABcc:_x?=")]
    [InlineData("\"Bank\" <bank@example.com>, x@example.com")]
    [InlineData("{{company}} {{#if x}} {{{title}}}")]
    [InlineData("\ud83e broken \udd8a")]
    [InlineData("\0\u0001\u007f\u0085\u200b")]
    [InlineData("&#106;avascript:alert(1) &lt;b&gt;")]
    public void Mail_structure_survives_any_title_or_name(string value)
    {
        foreach (var said in new[] { value, string.Concat(Enumerable.Repeat(value, 1 + (10_000 / value.Length))) })
        {
            var model = Samples.Model;
            model["title"] = model["customer_name"] = said;
            var notice = NoticeTemplate.Parse("notice.en.md", Samples.Template).Render(model, "en-US", "Example");
            Assert.DoesNotContain(notice.Subject, char.IsControl);
            Assert.DoesNotContain("<script", notice.Html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<img", notice.Html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("href=\"javascript", notice.Html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(notice.Text, c => c is >= '\u202A' and <= '\u202E' or '\0' or '\u001b');
            var mail = Samples.Mail() with
            {
                Subject = notice.Subject, Text = notice.Text, Html = notice.Html,
                To = EmailAddress.Parse("ada@example.com", said),
            };
            var bytes = Samples.Bytes(mail);
            Assert.DoesNotContain(bytes, b => b is > 126 or 0);
            var head = Encoding.ASCII.GetString(bytes).Split("\r\n\r\n")[0].Split("\r\n");
            Assert.Equal(
                "Date From Reply-To To Subject Message-ID List-Id Auto-Submitted MIME-Version Content-Type "
                    + "Content-Language",
                string.Join(' ', head.Where(line => line[0] is not (' ' or '\t')).Select(line => line.Split(':')[0])));
            Assert.All(head, line => Assert.True(line.Length <= 998));
        }
    }
}
