using ProactiveCare.Cases;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Worker;

/// <summary>Lists answer the questions of finance, each with one command; what is not known ends with 1.</summary>
public sealed class ListsTests : IDisposable
{
    private readonly Shop shop = new();

    public void Dispose() => shop.Dispose();

    [Fact]
    public void Credits_are_found_by_time_state_job_customer_and_approver_and_added_up_by_day()
    {
        shop.Desk.File("appsettings.json", """{ "Company": { "TimeZone": "America/New_York" } }""");
        Assert.Contains("no job has given anything", shop.Do("credits list").Out);
        shop.Do($"jobs run {Shop.Job}");
        Assert.Equal(0, shop.As("fin", "credits approve 2").Code);
        // The run was on Saturday the 14th at 16:00 in New York; now it is Monday the 16th.
        shop.Clock.Set("2026-03-16T12:00:00Z");
        foreach (var (filter, ids) in new[]
        {
            ("", "1 2"), ("--since yesterday", ""), ("--since last-week", "1 2"),
            ("--since last-week --until last-week", "1 2"), ("--since 2026-03-14 --until 2026-03-14", "1 2"),
            ("--since today", ""), ("--until yesterday", "1 2"), ("--until 2026-03-13", ""),
            ("--since 2026-03-14T20:00:00Z --until 2026-03-14T20:00:01Z", "1 2"),
            ("--until 2026-03-14T20:00:00Z", ""), ("--since this-month", "1 2"),
            ("--since last-month --until last-month", ""),
            ("--approver fin", "2"), ("--approver ada", ""), ("--customer bea", "1"), ("--state approved", "1 2"),
            ("--overdue", ""), ("--stuck", "1 2"), ("--limit 1", "2"), ($"--job {Shop.Job} --customer cem", "2"),
        })
        {
            var found = shop.Do($"credits list --json {filter}").Json.EnumerateArray()
                .Select(credit => credit.GetProperty("id").GetInt64());
            Assert.Equal((filter, ids), (filter, string.Join(' ', found)));
        }
        var total = Assert.Single(
            shop.Do($"credits list --job {Shop.Job} --since last-week --until last-week --totals --json").Json
                .EnumerateArray());
        Assert.Equal(("2026-03-14", "24.98", 2), (total.GetProperty("day").GetString(),
            total.GetProperty("amount").GetString(), total.GetProperty("count").GetInt32()));
        Assert.Contains("approved: 2 credits, 24.98 USD", shop.Do("credits list --limit 1").Out);
        Assert.Contains("newest 1 of 2", shop.Do("credits list --limit 1").Out);
        Assert.Contains("Nothing is stuck", shop.Do("credits list --stuck --customer bea --state pending").Out);
    }

    [Fact]
    public void Overdue_decision_is_stuck_with_its_reason()
    {
        shop.Do($"jobs run {Shop.Job}");
        Assert.Contains("No decision is overdue", shop.Do("credits list --overdue").Out);
        shop.Clock.Set("2026-03-15T01:00:00Z");
        Assert.Contains("approved by a person first; decide by", shop.Do("credits list --overdue").Out);
        Assert.Equal(2, shop.Do("credits list --stuck --json").Json[0].GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("credits list --since last-fortnight", "--since must be an instant such as 2026-03-14T20:00:00Z, a")]
    [InlineData("cases list --until 14.03.2026", "--until must be an instant")]
    [InlineData("notices list --since today --until yesterday", "which is not before --until yesterday")]
    [InlineData("credits approve abc", "'abc' is no CREDIT: Numbers, as 'credits list' shows them")]
    [InlineData("credits list --limit many", "'many' is no value for --limit")]
    [InlineData("credits lst", "Did you mean: proactive-care credits list")]
    [InlineData("creditz list", "Did you mean: proactive-care credits")]
    [InlineData("jobs", "Choose one of: list, new, check")]
    public void Wrong_word_is_told_once_with_the_right_ones(string command, string words)
    {
        var told = shop.Desk.Run(command);
        Assert.Equal((2, ""), (told.Code, told.Out));
        Assert.Contains(words, told.Error);
        Assert.DoesNotContain("System.", told.Error);
        if (command.StartsWith("credits approve", StringComparison.Ordinal))
            Assert.Equal(2, told.Error.Trim().Split('\n').Length);
    }

    [Theory]
    [InlineData("cases show 77")]
    [InlineData("cases explain 77")]
    [InlineData("cases replay 77")]
    [InlineData("cases explain --customer nobody")]
    [InlineData("cases list --customer nobody")]
    [InlineData("cases list --job nothing")]
    [InlineData("credits list --job nothing")]
    [InlineData("credits list --customer nobody")]
    [InlineData("credits list --approver nobody")]
    [InlineData("credits approve 77")]
    [InlineData("notices show 77")]
    [InlineData("notices list --customer nobody")]
    [InlineData("notices resolve 77 --arrived --reason x")]
    [InlineData("jobs run nothing")]
    [InlineData("jobs plan nothing")]
    [InlineData("jobs history nothing")]
    [InlineData("jobs pause nothing --reason x")]
    [InlineData("jobs accept nothing --yes")]
    [InlineData("jobs check nothing")]
    [InlineData("jobs new other --from nothing")]
    [InlineData("notices preview nothing")]
    [InlineData("andon pull nothing --reason x")]
    [InlineData("users disable nobody")]
    [InlineData("users set nobody --role finance")]
    [InlineData("producers disable nobody")]
    public void Unknown_id_ends_with_1_everywhere(string command)
    {
        var told = shop.Desk.Run(command);
        Assert.True(told.Code == 1, $"{told.Code} {told.Out}{told.Error}");
        Assert.NotEqual("", told.Out + told.Error);
    }

    [Fact]
    public void Adding_gives_roles_setting_replaces_them_and_a_disabled_user_regains_none()
    {
        Assert.Equal("finance", Roles(shop.Do("users set fin --email fin@example.com --json")));
        Assert.Equal("finance operator", Roles(shop.Do("users add fin --role operator --json")));
        Assert.Equal("fin@example.com", shop.Do("users list --json").Json[1].GetProperty("email").GetString());
        Assert.Equal("operator", Roles(shop.Do("users set fin --role operator --json")));
        Assert.Equal("admin finance operator", Roles(shop.Do("users add ada --role finance --json")));
        Assert.Equal(2, shop.Desk.Run("users set ada --role finance").Code);
        shop.Do("users disable fin");
        Assert.Equal("finance", Roles(shop.Do("users add fin --role finance --json")));

        static string Roles(Told told) =>
            string.Join(' ', told.Json.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
    }

    [Fact]
    public void Explanation_has_evidence_approver_state_and_next_step_in_words_and_fields()
    {
        shop.Do($"jobs run {Shop.Job}");
        var held = shop.Do("cases explain 2").Out;
        Assert.Contains("Now the case is held, and its credit pending", held);
        Assert.Contains("Next: somebody with the role finance who did not accept the job decides", held);
        Assert.Contains("credits approve 2", held);
        Assert.Contains("Seen: ", held);
        Assert.Equal(0, shop.As("fin", "credits approve 2").Code);
        Assert.Contains("It was approved by fin on 2026-03-14 20:00", shop.Do("cases explain 2").Out);
        var fields = shop.Do("cases explain 2 --json").Json.GetProperty("explanations")[0];
        Assert.Equal("approved", fields.GetProperty("credits")[0].GetProperty("state").GetString());
        Assert.Equal("fin", fields.GetProperty("credits")[0].GetProperty("approver").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Object, fields.GetProperty("evidence").ValueKind);
        Assert.Contains("hands it over", fields.GetProperty("next").GetString());
    }

    [Fact]
    public void Shadow_says_would_have()
    {
        using var shadow = new Shop(accepted: false);
        shadow.Do($"jobs run {Shop.Job}");
        var told = shadow.Do("cases explain 1").Out + shadow.Do("cases explain 2").Out;
        Assert.Contains("it would have been decided to give 4.99 USD", told);
        Assert.Contains("19.99 USD would be owed and held", told);
        Assert.Contains($"Next: to have the job act: proactive-care jobs accept {Shop.Job}", told);
        Assert.DoesNotContain("it was decided", told);
    }

    [Fact]
    public void Line_of_wrong_settings_counts_from_1()
    {
        shop.Desk.File("wrong.json", "{\n  \"Node\": x\n}");
        var told = shop.Desk.Run("users list --settings wrong.json");
        Assert.Contains("wrong.json:2: is not JSON: ", told.Error);
        Assert.DoesNotContain("LineNumber", told.Error);
    }
}
