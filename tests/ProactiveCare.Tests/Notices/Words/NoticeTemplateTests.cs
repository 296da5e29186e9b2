using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Tests.Notices.Words;

public sealed class NoticeTemplateTests
{
    [Fact]
    public void One_source_gives_subject_text_and_html()
    {
        var notice = Render(Samples.Template);

        Assert.Equal("We refunded The Long Night", notice.Subject);
        Assert.Equal(
            """
            Dear Ada Byron,

            "The Long Night" stalled on Saturday 14 March 2026, 20:15 (CET): our
            service was slow.

            We gave back €4.99, all that you paid.

            It arrives by 20 March 2026.

            You need do nothing.

            If you see this differently, answer this mail or write to
            care@example.com.

            Yours, Example Video

            """,
            notice.Text);
        Assert.Contains("<a href=\"mailto:care@example.com\">care@example.com</a>", notice.Html,
            StringComparison.Ordinal);
        Assert.Contains("<html lang=\"de-AT\" dir=\"ltr\">", notice.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", notice.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("what happened", notice.Text + notice.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("**bold**", "**bold**")]
    [InlineData("[a](http://evil.example)", "[a](http://evil.example)")]
    [InlineData("![x](http://evil.example/x.png)", "![x](http://evil.example/x.png)")]
    [InlineData("`code` \\ &amp; <http://evil.example>", "`code` \\ &amp;amp; &lt;http://evil.example&gt;")]
    [InlineData("{{amount}}", "{{amount}}")]
    public void Hostile_value_is_rendered_as_plain_text(string value, string html)
    {
        var notice = Render("Subject: s {{title}}\n\nBefore {{title}} after", ("title", value));

        Assert.Equal($"Before {value} after\n", notice.Text);
        Assert.Contains($"<p>Before {html} after</p>", notice.Html, StringComparison.Ordinal);
        Assert.Equal("s " + value, notice.Subject);
    }

    [Theory]
    [InlineData("# big")]
    [InlineData("- item")]
    [InlineData("1. item")]
    [InlineData("> quote")]
    [InlineData("    code")]
    [InlineData("a\n===\nb")]
    [InlineData("+ x")]
    public void Value_at_the_start_of_a_line_creates_no_markup(string value)
    {
        var notice = Render("Subject: s\n\n{{title}}", ("title", value));

        Assert.Contains("<div class=\"body\">\n<p>", notice.Html, StringComparison.Ordinal);
        Assert.Equal(string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) + "\n",
            notice.Text);
    }

    [Fact]
    public void Subject_is_one_line_for_any_values()
    {
        var notice = Render("Subject: Hello {{title}}\n\nx", ("title", "a\r\nBcc: victim@example.com\u2028b\u202Ec\0"));

        Assert.Equal("Hello a Bcc: victim@example.com bc", notice.Subject);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("file:///etc/passwd")]
    public void Links_are_web_or_mail_addresses(string url)
    {
        var notice = Render("Subject: s\n\n[click]({{title}})", ("title", url));

        Assert.DoesNotContain("href", notice.Html, StringComparison.Ordinal);
        Assert.Equal("click\n", notice.Text);
    }

    [Theory]
    [InlineData("{{{title}}}", "{{{")]
    [InlineData("{{&title}}", "not allowed")]
    [InlineData("{{> part}}", "not allowed")]
    [InlineData("{{#each title}}x{{/each}}", "not allowed")]
    [InlineData("{{#with title}}x{{/with}}", "not allowed")]
    [InlineData("{{title.Length}}", "not allowed")]
    [InlineData("{{../title}}", "not allowed")]
    [InlineData("{{~title~}}", "not allowed")]
    [InlineData("{{lookup title 0}}", "not allowed")]
    [InlineData("{{Title}}", "lower-case")]
    [InlineData("\\{{title}}", "backslash")]
    [InlineData("{{!-- x --}}", "without dashes")]
    [InlineData("{{title", "never closed")]
    [InlineData("{{#if title}}x", "never closed")]
    [InlineData("x{{/if}}", "closes nothing")]
    [InlineData("{{else}}", "outside")]
    [InlineData("{{#if a}}{{#if b}}{{#if c}}{{#if d}}{{#if e}}x{{/if}}{{/if}}{{/if}}{{/if}}{{/if}}",
        "nested deeper than 4")]
    public void Disallowed_syntax_is_refused_with_its_line(string body, string message)
    {
        var refused =
            Assert.Throws<NoticeTemplateException>(() =>
                NoticeTemplate.Parse("notice.en.md", "Subject: s\n\nx\n" + body));

        Assert.Contains(refused.Problems, each =>
            each.Line == 4 && each.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Template_size_is_limited()
    {
        var refused = Assert.Throws<NoticeTemplateException>(
            () => NoticeTemplate.Parse("notice.en.md", "Subject: s\n\n" + new string('x', 64 * 1024)));

        Assert.Contains("the most is 65536", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_value_is_an_error_and_a_missing_flag_is_not_set()
    {
        Assert.Throws<NoticeTemplateException>(() => Render("Subject: s\n\n{{amount_due}}"));

        Assert.Equal("no\n", Render("Subject: s\n\n{{#if late}}yes{{else}}no{{/if}}").Text);
    }

    [Fact]
    public void Lists_links_and_headings_read_well_as_text()
    {
        var notice = Render(
            "Subject: s\n\n# Heads up\n\n- one\n- two [site](https://example.com/a_b)\n\n"
            + "1. first\n2. second\n\n---\n\n> said  \n> so &amp; so\n");

        Assert.Equal(
            """
            Heads up

            - one
            - two site (https://example.com/a_b)

            1. first
            2. second

            ------------------------

            > said
            > so & so

            """,
            notice.Text);
    }

    [Theory]
    [InlineData("de-AT", "refunded", "notice.de-AT.md")]
    [InlineData("de_AT", "credited", "notice.de.credited.md")]
    [InlineData("de-CH", "refunded", "notice.de.md")]
    [InlineData("fr-FR", "refunded", "notice.en.md")]
    [InlineData("de-AT", "held", "notice.en.held.md")]
    [InlineData("", "alert", "notice.en.md")]
    public void Most_specific_file_is_used(string locale, string kind, string file)
    {
        string[] files =
            ["notice.en.md", "notice.de.md", "notice.de-AT.md", "notice.de.credited.md", "notice.en.held.md",
                "job.yaml"];

        Assert.Equal(file, NoticeFile.Choose(files, locale, NoticeEvent.Parse(kind))?.Name);
    }

    [Fact]
    public void Notice_of_a_held_case_announces_no_payment() =>
        Assert.Null(NoticeFile.Choose(["notice.en.md"], "en", NoticeEvent.Held));

    [Theory]
    [InlineData("notice.en.md", true)]
    [InlineData("notice.de-AT.held.md", true)]
    [InlineData("notice.en.summary.md", false)]
    [InlineData("notice.en.later.md", false)]
    [InlineData("notice.md", false)]
    [InlineData("readme.md", false)]
    public void File_name_says_language_and_event(string name, bool isNotice) =>
        Assert.Equal(isNotice, NoticeFile.Parse(name) is not null);

    private static RenderedNotice Render(string template, params (string Key, object Value)[] values)
    {
        var model = Samples.Model;
        foreach (var (key, value) in values) model[key] = value;
        return NoticeTemplate.Parse("notice.en.md", template).Render(model, "de-AT", "Example & Video");
    }

    [Theory]
    [InlineData("notice.de.md", "de-AT", "de-AT")]
    [InlineData("notice.de-AT.held.md", "de-DE", "de-DE")]
    [InlineData("notice.en.md", "ja-JP", "en")]
    public void Dates_and_amounts_are_in_the_language_of_the_template(string file, string customer, string expected) =>
        Assert.Equal(expected, NoticeFile.Parse(file)!.WordsFor("", customer).Locale);
}
