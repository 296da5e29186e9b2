using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Delivery;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>A relay that takes fewer sessions of one client than the settings say.</summary>
public sealed class SmtpNarrowTests
{
    private static readonly Dictionary<string, string> TooMany = new()
    {
        ["greeting"] = "421 4.7.0 too many connections from your host",
    };

    private readonly RingingClock clock = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task Mails_refused_a_further_session_go_through_the_open_ones()
    {
        await using var relay = new ScriptedRelay(TooMany, session => session > 1);
        await using var transport = Transport(relay, 4);

        Assert.All(await Sent(transport, 20), result => Assert.Equal(SendOutcome.Accepted, result.Outcome));
        Assert.All(await Sent(transport, 20), result => Assert.Equal(SendOutcome.Accepted, result.Outcome));

        Assert.Equal(40, relay.Mails.Count);
        Assert.InRange(relay.Sessions, 2, 4);
    }

    [Fact]
    public async Task More_sessions_are_tried_after_ten_minutes()
    {
        await using var relay = new ScriptedRelay(TooMany, session => session is > 1 and < 5);
        await using var transport = Transport(relay, 4);
        await Sent(transport, 8);
        Assert.InRange(relay.Sessions, 2, 4);
        clock.Advance(TimeSpan.FromMinutes(10));

        Assert.All(await Sent(transport, 8), result => Assert.Equal(SendOutcome.Accepted, result.Outcome));

        Assert.Equal(16, relay.Mails.Count);
        Assert.InRange(relay.Sessions, 5, 7);
    }

    [Fact]
    public async Task Relay_that_takes_no_session_is_in_trouble_and_is_tried_again_with_all()
    {
        var open = false;
        await using var relay = new ScriptedRelay(TooMany, _ => !Volatile.Read(ref open));
        await using var transport = Transport(relay, 4);

        Assert.All(await Sent(transport, 8), result => Assert.Equal(
            (SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble)));
        Volatile.Write(ref open, true);
        Assert.All(await Sent(transport, 8), result => Assert.Equal(SendOutcome.Accepted, result.Outcome));
    }

    private static async Task<SendResult[]> Sent(SmtpTransport transport, int mails) =>
        await Task.WhenAll(Enumerable.Range(0, mails)
            .Select(_ => transport.Send(Samples.Mail(), TestContext.Current.CancellationToken)));

    private SmtpTransport Transport(ScriptedRelay relay, int sessions) => new(
        new SmtpSettings("127.0.0.1", relay.Port, SmtpSecurity.None, "care.example.com", sessions), new(), clock);
}
