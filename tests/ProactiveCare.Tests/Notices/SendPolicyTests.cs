using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Tests.Notices.Delivery;

namespace ProactiveCare.Tests.Notices;

public sealed class SendPolicyTests
{
    private static readonly Recipient Ada =
        new("ada", "ada@example.com", "Ada", "de-AT", "Europe/Vienna", "active", "Asia/Tokyo");

    [Theory]
    [InlineData("2026-03-14T12:00:00Z", null)]
    [InlineData("2026-03-14T19:59:59Z", null)]
    [InlineData("2026-03-14T20:00:00Z", "2026-03-15T07:00:00Z")]
    [InlineData("2026-03-15T00:30:00Z", "2026-03-15T07:00:00Z")]
    [InlineData("2026-03-15T06:59:59Z", "2026-03-15T07:00:00Z")]
    [InlineData("2026-03-15T07:00:00Z", null)]
    [InlineData("2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z")]
    [InlineData("2026-10-24T21:00:00Z", "2026-10-25T07:00:00Z")]
    public void Quiet_hours_from_nine_to_eight_local_time_hold_all_but_urgent_notices(string now, string? until)
    {
        var manner = Decide(Ada, now: now);

        if (until is null) Assert.IsType<SendDecision.Send>(manner);
        else Assert.Equal(new SendDecision.Hold(Time.Parse(until), "quiet-hours (Europe/Vienna)"), manner);
        Assert.IsType<SendDecision.Send>(Decide(Ada, now: now, isUrgent: true));
    }

    [Theory]
    [InlineData(null, "Asia/Tokyo", "2026-03-14T23:00:00Z",
        "quiet-hours (Asia/Tokyo of the premises, the customer's is unknown)")]
    [InlineData("Mars/Olympus", "Asia/Tokyo", "2026-03-14T23:00:00Z",
        "quiet-hours (Asia/Tokyo of the premises, the customer's is unknown)")]
    [InlineData(null, null, "2026-03-15T12:00:00Z",
        "quiet-hours (America/New_York of the company, the customer's is unknown)")]
    [InlineData("", "nowhere", "2026-03-15T12:00:00Z",
        "quiet-hours (America/New_York of the company, the customer's is unknown)")]
    public void Unknown_zone_falls_back_by_name_and_never_to_UTC(string? own, string? premises, string until,
        string reason)
    {
        // 20:00 UTC: night in Tokyo. 02:00 UTC: night in New York.
        var now = premises == "Asia/Tokyo" ? "2026-03-14T20:00:00Z" : "2026-03-15T02:00:00Z";

        var manner = Decide(Ada with { TimeZone = own, PremisesTimeZone = premises }, now: now);

        Assert.Equal(new SendDecision.Hold(Time.Parse(until), reason), manner);
    }

    [Fact]
    public void Daily_cap_holds_until_the_next_morning()
    {
        Assert.IsType<SendDecision.Send>(Decide(Ada, sentToday: 2));
        Assert.Equal(new SendDecision.Hold(Time.Parse("2026-03-15T07:00:00Z"), "daily-cap of 3 (Europe/Vienna)"),
            Decide(Ada, sentToday: 3));
        Assert.IsType<SendDecision.Send>(Decide(Ada, sentToday: 30, isUrgent: true));
    }

    [Theory]
    [InlineData("closed", "ada@example.com", "customer-closed")]
    [InlineData("Deceased", "ada@example.com", "customer-deceased")]
    [InlineData("active", "", "no-address")]
    [InlineData("active", null, "no-address")]
    [InlineData("active", "ada", "bad-address: 'ada' is not an e-mail address: it needs a name, an @ and a domain.")]
    public void Ineligible_customers_get_no_notice(string status, string? email, string reason)
    {
        var recipient = Ada with { Status = status, Email = email };

        Assert.Equal(new SendDecision.Suppress(reason), Decide(recipient));
        Assert.Equal(new SendDecision.Suppress(reason), Decide(recipient, isUrgent: true));
    }

    [Fact]
    public void Unknown_customer_gets_no_notice() =>
        Assert.Equal(new SendDecision.Suppress("unknown-customer"), Decide(null));

    [Fact]
    public void Expired_notice_is_not_sent_and_an_early_one_waits()
    {
        Assert.Equal(new SendDecision.Suppress("expired"),
            Decide(Ada, expiresAt: "2026-03-14T12:00:00Z", isUrgent: true));
        Assert.IsType<SendDecision.Send>(Decide(Ada, expiresAt: "2026-03-14T12:00:01Z"));
        Assert.Equal(
            new SendDecision.Hold(Time.Parse("2026-03-14T13:00:00Z"), "not-before"),
                Decide(Ada, notBefore: "2026-03-14T13:00:00Z"));
    }

    [Theory]
    [InlineData(1, 0, 15_000)]
    [InlineData(1, 1, 30_000)]
    [InlineData(3, 1, 120_000)]
    [InlineData(8, 0, 1_800_000)]
    [InlineData(500, 1, 3_600_000)]
    public void Backoff_doubles_up_to_an_hour_and_is_half_random(long attempts, double drawn, long milliseconds) =>
        Assert.Equal(Duration.FromMilliseconds(milliseconds), Backoff.After(attempts, drawn));

    private static SendDecision Decide(
        Recipient? recipient, string now = "2026-03-14T12:00:00Z", bool isUrgent = false, int sentToday = 0,
        string? notBefore = null, string? expiresAt = null) => SendPolicy.Decide(
            new(isUrgent, At(notBefore), At(expiresAt), sentToday), recipient, Postroom.Settings, Time.Parse(now));

    private static Instant? At(string? text) => text is null ? null : Time.Parse(text);
}
