using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Tests.Notices.Words;

public sealed class NoticeLintTests
{
    [Fact]
    public void Sample_notice_for_money_passes() =>
        Assert.Empty(
            NoticeLint.Check("notice.en.md", Samples.Template, [NoticeEvent.Refunded, NoticeEvent.Credited],
                Samples.Evidence));

    [Theory]
    [InlineData("{{! what happened }}", "", 1, "does not say what happened")]
    [InlineData("{{! when }}", "", 1, "does not say when")]
    [InlineData("{{! what we did }}", "", 1, "does not say what we did")]
    [InlineData("{{! what you must do }}", "", 1, "does not say what you must do")]
    [InlineData("{{! when the money arrives }}", "", 1, "does not say when the money arrives")]
    [InlineData("{{! how to disagree }}", "", 1, "does not say how to disagree")]
    [InlineData("You need do nothing.", "", 14, "'what you must do' is followed by nothing")]
    [InlineData("{{! what we did }}", "{{! what we did }}\n", 8, "'what we did' is followed by nothing")]
    [InlineData(" on {{when}}", "", 5, "'when' must hold {{when}}")]
    [InlineData("{{amount}}", "some money", 8, "'what we did' must hold {{amount}}")]
    [InlineData("{{arrives}}", "soon", 11, "'when the money arrives' must hold {{arrives}}")]
    [InlineData("[{{reply_to}}](mailto:{{reply_to}})", "somebody", 17, "'how to disagree' must hold {{reply_to}}")]
    [InlineData("{{customer_name}}", "{{custmer_name}}", 3, "did you mean 'customer_name'?")]
    [InlineData("{{! what we did }}", "{{! what we dit }}", 8, "did you mean 'what we did'?")]
    [InlineData("Subject: We refunded {{title}}", "We refunded {{title}}", 1, "first line must be 'Subject: '")]
    [InlineData("Subject: We refunded {{title}}", "Subject:", 1, "first line must be 'Subject: '")]
    [InlineData("Subject: We refunded {{title}}\n", "Subject: We refunded {{title}}", 2, "second line must be empty")]
    [InlineData("{{title}}\"", "{{{title}}}\"", 6, "'{{{'")]
    [InlineData("Yours,", "![logo](https://example.com/logo.png)", 1, "no pictures")]
    [InlineData("Yours,", "[x](javascript:alert)", 1, "must begin with https://")]
    [InlineData("Yours,", "`{{title}}`", 1, "{{title}} stands in code")]
    [InlineData("Yours,", "<b>Yours</b>", 1, "HTML is shown")]
    [InlineData("Yours,",
        "{{#if a}}{{/if}}{{#if b}}{{/if}}{{#if c}}{{/if}}{{#if d}}{{/if}}{{#if e}}{{/if}}{{#if f}}{{/if}}",
        1, "It asks 7 different")]
    [InlineData("Yours,", "\uE000", 1, "private-use")]
    [InlineData("{{#if is_path_slow}}", "{{#if}}", 6, "'{{#if}}' is not allowed")]
    public void Mistake_is_reported_with_its_line(string right, string wrong, int line, string message)
    {
        Assert.Contains(right, Samples.Template, StringComparison.Ordinal);
        var text = Samples.Template.Replace(right, wrong, StringComparison.Ordinal);

        var problems = NoticeLint.Check("notice.en.md", text, [NoticeEvent.Refunded], Samples.Evidence);

        var problem = Assert.Single(problems, each => each.Message.Contains(message, StringComparison.Ordinal));
        Assert.Equal((line, "notice.en.md"), (problem.Line, problem.File));
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var problems =
            NoticeLint.Check("n", "Subject: s\n\nHello {{nme}}.\n\n{{#each x}}\n", [NoticeEvent.Refunded],
                Samples.Evidence);

        Assert.Equal(8, problems.Count);
        Assert.Equal([1, 1, 1, 1, 1, 1, 3, 5], problems.Select(each => each.Line));
    }

    [Fact]
    public void Part_missing_from_one_branch_is_reported()
    {
        var text = Samples.Template.Replace("{{! what you must do }}\nYou need do nothing.",
            "{{#if is_path_slow}}\n{{! what you must do }}\nYou need do nothing.\n{{/if}}", StringComparison.Ordinal);

        var problem = Assert.Single(NoticeLint.Check("n", text, [NoticeEvent.Refunded], Samples.Evidence));

        Assert.EndsWith("So it is when is_path_slow is not set.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_for_refunds_and_credits_must_be_valid_for_both()
    {
        var text =
            Samples.Template.Replace("We gave back {{amount}}",
                "We {{#if is_refund}}gave back {{amount}}{{else}}did it{{/if}}",
            StringComparison.Ordinal);

        Assert.Empty(NoticeLint.Check("n", text, [NoticeEvent.Refunded], Samples.Evidence));
        var problem = Assert.Single(NoticeLint.Check("n", text, [NoticeEvent.Refunded, NoticeEvent.Credited],
            Samples.Evidence));
        Assert.Contains("In a 'credited' notice.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alert_needs_no_money_and_may_use_evidence()
    {
        const string alert = """
            Subject: Ice storm near {{place}}

            {{! what happened }}{{! when }}
            A storm is expected near {{place}} on {{when}}.

            {{! what we did }}
            We have crews ready. {{! what you must do }} Charge what you need.

            {{! how to disagree }}
            Write to {{reply_to}}.
            """;

        Assert.Empty(NoticeLint.Check("n", alert, [NoticeEvent.Alert], ["place"]));
        Assert.Equal(2, NoticeLint.Check("n", alert, [NoticeEvent.Alert], []).Count);
    }
}
