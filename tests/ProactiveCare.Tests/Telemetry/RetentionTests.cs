using Dapper;
using NodaTime;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

public sealed class RetentionTests : IDisposable
{
    private const string Header = "contact_id,customer_id,contacted_at,topic\n";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Old_rows_are_deleted_in_small_steps_unless_a_cursor_has_not_passed_them()
    {
        Contacts(0, 25);
        here.Import(Import.Alerts, AlertImportTests.Feature(properties: """, "references": [{"identifier": "m0"}] """));
        here.Clock.Advance(TimeSpan.FromDays(10));
        Contacts(25, 5);
        Assert.Equal((0, 0), Delete(here.Clock.Now() - Duration.FromDays(11), 1_000));
        Assert.Equal((20, 0), Delete(here.Clock.Now() - Duration.FromDays(5), 20));
        Assert.Equal((5, 1), Delete(here.Clock.Now() - Duration.FromDays(5), 1_000));
        Assert.Equal(5, here.One<long>("SELECT COUNT(*) FROM contact"));
        Assert.Equal(0, here.One<long>("SELECT COUNT(*) FROM alert_reference"));
        Assert.Equal(31, here.Read(Arrivals.Latest));
    }

    [Fact]
    public void Clock_a_year_ahead_deletes_at_most_a_day_of_telemetry_per_pass()
    {
        for (var day = 0; day < 3; day++)
        {
            Contacts(day * 10, 10);
            here.Clock.Advance(TimeSpan.FromDays(1));
        }
        var keep = Duration.FromDays(90);
        Assert.Equal(0, OnePass(keep));
        here.Clock.Advance(TimeSpan.FromDays(365));
        Assert.Equal(10, OnePass(keep));
        Assert.Equal(10, OnePass(keep));
        here.Clock.Advance(-TimeSpan.FromDays(365));
        Assert.Equal(0, OnePass(keep));
        Assert.Equal(10, here.One<long>("SELECT COUNT(*) FROM contact"));
    }

    [Fact]
    public void Catch_up_starts_with_recent_rows_and_counts_those_left_out()
    {
        Contacts(0, 3);
        here.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal((null, 2), CatchUp(after: 1));
        here.Import("sessions", Importing.SessionHeader + "\n" + Importing.Session("a"));
        Contacts(3, 1);
        Assert.Equal((4, 2), CatchUp(after: 1));
        Assert.Equal((4, 0), CatchUp(after: 3));
        Assert.Equal((5, 0), CatchUp(after: 4));
    }

    [Fact]
    public void Cursor_waits_before_unsettled_rows()
    {
        here.Import("sessions", Importing.SessionHeader + "\n" + Importing.Session("a") + "\n"
            + Importing.Session("b").Replace("T11:00", "T11:50", StringComparison.Ordinal));
        here.Import("events", "event_id,kind,customer_id,subject,occurred_at,data\ne,k,c,s,2026-03-14T11:40:00Z,{}");
        Assert.Null(Unsettled(0, "2026-03-14T11:50:00Z"));
        Assert.Equal(2, Unsettled(0, "2026-03-14T11:45:00Z"));
        Assert.Equal(3, Unsettled(2, "2026-03-14T11:30:00Z"));
        Assert.Equal(1, Unsettled(0, "2026-03-14T10:30:00Z"));
    }

    [Fact]
    public void Time_of_the_last_arrival_is_recorded()
    {
        Assert.Null(here.Read(Arrivals.LastReceivedAt));
        Contacts(0, 1);
        var first = here.Clock.Now();
        here.Clock.Advance(TimeSpan.FromHours(1));
        Contacts(0, 1);
        Assert.Equal(first, here.Read(Arrivals.LastReceivedAt));
    }

    private long OnePass(Duration keep) => Retention.Delete(
        here.Store, here.Read(db => Retention.OnePass(db, here.Clock.Now() - keep, long.MaxValue)))
        .GetAwaiter().GetResult().Values.Sum();

    private void Contacts(int first, int count) =>
        here.Import("contacts", Header + string.Join('\n', Enumerable.Range(first, count)
        .Select(i => $"{i},c,2026-03-14T10:00:00Z,t")));

    private (long Contacts, long Alerts) Delete(Instant before, long keepAfter)
    {
        var deleted = Retention.Delete(here.Store, new RetentionRule(before, keepAfter), step: 10)
            .GetAwaiter().GetResult();
        return (deleted["contacts"], deleted["alerts"]);
    }

    private (long? First, long LeftOut) CatchUp(long after)
    {
        var caught = here.Read(db => Arrivals.FirstReceivedSince(db, after, here.Clock.Now() - Duration.FromHours(1)));
        return (caught.First, caught.LeftOut["contacts"]);
    }

    private long? Unsettled(long after, string settledAt) =>
        here.Read(db => Arrivals.FirstUnsettled(db, after, Time.Parse(settledAt)));
}
