using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Tests.Notices.Delivery;

namespace ProactiveCare.Tests.Notices;

/// <summary>The send policy at its bounds, with other hours than those of every other test.</summary>
public sealed class SendPolicyBoundsTests
{
    private static readonly Recipient Ada =
        new("ada", "ada@example.com", "Ada", "de-AT", "Europe/Vienna", "active", null);

    [Theory]
    [InlineData("12:00", "14:00", "2026-03-14T10:59:59Z", null)]
    [InlineData("12:00", "14:00", "2026-03-14T11:00:00Z", "2026-03-14T13:00:00Z")]
    [InlineData("12:00", "14:00", "2026-03-14T12:59:59Z", "2026-03-14T13:00:00Z")]
    [InlineData("12:00", "14:00", "2026-03-14T13:00:00Z", null)]
    [InlineData("12:00", "12:00", "2026-03-14T11:00:00Z", null)]
    [InlineData("12:00", "12:00", "2026-03-14T23:00:00Z", null)]
    // Vienna's clock is set back from three to two: its second half past two is an hour later.
    [InlineData("21:00", "02:30", "2026-10-25T00:10:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("21:00", "02:30", "2026-10-25T01:10:00Z", "2026-10-25T02:10:00Z")]
    public void Quiet_hours_are_those_of_the_settings(string from, string to, string now, string? until)
    {
        var settings = Postroom.Settings with { QuietFrom = Clock(from), QuietTo = Clock(to) };
        Assert.Equal(
            until is null ? null : Time.Parse(until), (Decide(settings, now) as SendDecision.Hold)?.Until);
    }

    [Fact]
    public void Notice_leaves_at_its_first_instant_to_the_address_and_name_of_the_customer()
    {
        var send = Assert.IsType<SendDecision.Send>(
            Decide(Postroom.Settings, "2026-03-14T12:00:00Z", Time.Parse("2026-03-14T12:00:00Z")));
        Assert.Equal(("ada@example.com", "Ada"), (send.To.Address, send.To.Name));
        var nameless = Assert.IsType<SendDecision.Send>(SendPolicy.Decide(
            new(false, null, null, 0), Ada with { Name = null }, Postroom.Settings,
            Time.Parse("2026-03-14T12:00:00Z")));
        Assert.Equal("", nameless.To.Name);
    }

    [Theory]
    [InlineData("Europe/Vienna", "Asia/Tokyo", "customer", "Europe/Vienna")]
    [InlineData(null, "Asia/Tokyo", "premises", "Asia/Tokyo")]
    [InlineData(null, null, "company", "America/New_York")]
    public void Zone_has_its_origin(string? own, string? premises, string basis, string zone)
    {
        var place = Place.Of(Ada with { TimeZone = own, PremisesTimeZone = premises }, Postroom.Settings);
        Assert.Equal((basis, zone), (place.Basis, place.Zone.Id));
    }

    [Fact]
    public void Settings_have_a_domain_and_a_language()
    {
        var settings = new NoticeSettings
        {
            From = Postroom.Settings.From, ReplyTo = Postroom.Settings.ReplyTo, Company = "C", Domain = "mail.example",
        };
        Assert.Equal(("mail.example", "en", 3), (settings.Domain, settings.Locale, settings.DailyCap));
        Assert.Throws<FormatException>(() => settings with { Domain = "no domain" });
    }

    private static SendDecision Decide(NoticeSettings settings, string now, Instant? notBefore = null) =>
        SendPolicy.Decide(new(false, notBefore, null, 0), Ada, settings, Time.Parse(now));

    private static LocalTime Clock(string text) => NodaTime.Text.LocalTimePattern.CreateWithInvariantCulture("HH:mm")
        .Parse(text).Value;
}
