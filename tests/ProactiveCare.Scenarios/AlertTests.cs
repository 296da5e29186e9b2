using ProactiveCare.Notices;

namespace ProactiveCare.Scenarios;

/// <summary>
/// On 8 December 2024 the Weather Service warned the Northern Black Hills of snow from two in the morning on.
/// </summary>
public sealed class AlertTests
{
    private static readonly string Published =
        File.ReadAllText(Path.Combine(Repository.Root, "jobs", "weather-outage-alert", "examples.geojson"));

    [Fact]
    public void Households_in_the_path_are_warned_before_the_storm_and_no_others()
    {
        using var story = Company().Customer("ada").Home("ada").Customer("bob").Home("bob", "COZ040", "08031");
        story.Given("alerts", Published).Later(minutes: 5);
        var mail = Assert.Single(story.Mails("ada"));
        Assert.Equal(("alert", "sent"), (mail.Event, mail.State));
        Assert.Contains("Winter Storm Warning", mail.Text);
        Assert.Contains("your home in Lead", mail.Text);
        Assert.Empty(story.Mails("bob"));
        Assert.Empty(story.Credits());
        story.BooksBalance();
    }

    [Fact]
    public void Urgent_notices_ignore_quiet_hours_and_the_daily_cap()
    {
        using var story = Company("2024-12-09T05:00:00Z").Customer("ada", zone: "America/Denver").Home("ada");
        story.Given("alerts", Published).Later(minutes: 5);
        Assert.Equal("sent", Assert.Single(story.Mails("ada")).State);
    }

    [Fact]
    public void Household_gets_one_warning_for_many_homes_messages_and_runs()
    {
        using var story = Company().Customer("ada").Home("ada").Home("ada", county: "46093", id: "cabin");
        story.Given("alerts", Published).Later(minutes: 5).Given("alerts", Published).Restart().Later(minutes: 5);
        story.Given("alerts", Published, "another-feed").Later(minutes: 5);
        Assert.Single(story.Mails("ada"));
    }

    [Fact]
    public void Test_message_is_sent_to_nobody()
    {
        using var story = Company().Customer("eve").Home("eve", zone: "", county: "24031");
        story.Given("alerts", Published).Later(minutes: 5);
        Assert.Empty(story.Cases());
        Assert.Empty(story.Mails("eve"));
    }

    // On 9 December 2024 it was to begin at 09:00 UTC, and to end two days later at 12:00 UTC.
    [Theory]
    [InlineData("en-US", "2024-12-09T08:55:00Z", "is expected from Monday, December 9, 2024")]
    [InlineData("en-US", "2024-12-09T09:00:00Z", "is in force until Wednesday, December 11, 2024")]
    [InlineData("de-DE", "2024-12-09T08:55:00Z", "Erwartet wird es ab Montag, 9. Dezember 2024")]
    [InlineData("de-DE", "2024-12-10T09:00:00Z", "gilt jetzt, bis Mittwoch, 11. Dezember 2024")]
    [InlineData("es-ES", "2024-12-09T08:55:00Z", "Se espera desde el lunes, 9 de diciembre de 2024")]
    [InlineData("es-ES", "2024-12-11T11:45:00Z", "en vigor hasta el miércoles, 11 de diciembre de 2024")]
    public void Words_say_whether_the_storm_lies_ahead_or_is_in_force(string locale, string at, string words)
    {
        using var story = Company(at).Customer("ada", locale: locale).Home("ada");
        story.Given("alerts", Published).Later(minutes: 0);
        Assert.Contains(words, string.Join(' ', Assert.Single(story.Mails("ada")).Text!.Split('\n')));
    }

    [Fact]
    public void Storm_that_is_nearly_over_causes_no_warning()
    {
        using var story = Company("2024-12-11T11:50:01Z").Customer("ada").Home("ada");
        story.Given("alerts", Published).Later(minutes: 0);
        Assert.Empty(story.Mails("ada"));
    }

    [Theory]
    [InlineData("2024-12-09T09:30:00Z", "sent", null)]
    [InlineData("2024-12-11T11:55:00Z", "suppressed", "expired")]
    public void Unsent_warning_is_written_anew_while_the_storm_lasts_and_dropped_when_it_is_nearly_over(
        string at, string state, string? reason)
    {
        using var story = Company().Customer("ada").Home("ada");
        story.Relay.Says = new SendResult(SendOutcome.NotSent, "nobody there", RelayTrouble: true);
        story.Given("alerts", Published).Later(minutes: 5);
        story.Relay.Says = null;
        story.At(at);
        var mail = Assert.Single(story.Mails("ada"));
        Assert.Equal((state, reason), (mail.State, mail.Reason));
        if (reason is null) Assert.Contains("is in force until", mail.Text);
        else Assert.Contains("too late to be of use", story.Why("ada"));
    }

    [Fact]
    public void Warning_with_an_unknown_outcome_is_resent_only_by_a_person()
    {
        using var story = Company().Customer("ada").Home("ada");
        story.Relay.Says = new SendResult(SendOutcome.Uncertain, "the line broke");
        story.Given("alerts", Published).Later(minutes: 5);
        story.Relay.Says = null;
        story.Later(hours: 3);
        Assert.Equal("uncertain", Assert.Single(story.Mails("ada")).State);
    }

    private static Story Company(string at = "2024-12-08T23:00:00Z") => new(at, jobs: "weather-outage-alert");
}
