using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Delivery;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

public sealed class SmtpOutcomeTests
{
    // A machine under load is slow as well, and must not look like a stalled relay.
    private static readonly SmtpTimeouts Patient = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30),
        TimeSpan.FromSeconds(30));

    // Shorter than the limit of a stage.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(20);

    /// <summary>Every stage refused, stalled and dropped: the outcome, and whether the relay is to blame.</summary>
    public static TheoryData<string, string, SendOutcome, bool> Stages => new()
    {
        { "greeting", "554 go away", SendOutcome.NotSent, true },
        { "greeting", "421 busy", SendOutcome.NotSent, true },
        { "greeting", ScriptedRelay.Stall, SendOutcome.NotSent, true },
        { "greeting", ScriptedRelay.Drop, SendOutcome.NotSent, true },
        { "greeting", "HTTP/1.1 400 Bad Request", SendOutcome.NotSent, true },
        { "EHLO", "502 no", SendOutcome.NotSent, true },
        { "EHLO", ScriptedRelay.Drop, SendOutcome.NotSent, true },
        { "AUTH", "535 5.7.8 wrong password", SendOutcome.NotSent, true },
        { "AUTH", "454 4.7.0 try later", SendOutcome.NotSent, true },
        { "AUTH", ScriptedRelay.Stall, SendOutcome.NotSent, true },
        { "MAIL", "451 not now", SendOutcome.RejectedRetry, false },
        { "MAIL", "550 not you", SendOutcome.RejectedFinal, false },
        { "MAIL", "530 sign in first", SendOutcome.NotSent, true },
        { "MAIL", "421 closing", SendOutcome.NotSent, true },
        { "MAIL", ScriptedRelay.Stall, SendOutcome.NotSent, true },
        { "MAIL", ScriptedRelay.Drop, SendOutcome.NotSent, true },
        { "RCPT", "450 greylisted", SendOutcome.RejectedRetry, false },
        { "RCPT", "550 no such user", SendOutcome.RejectedFinal, false },
        { "RCPT", "421 closing", SendOutcome.NotSent, true },
        { "RCPT", ScriptedRelay.Stall, SendOutcome.NotSent, true },
        { "RCPT", ScriptedRelay.Drop, SendOutcome.NotSent, true },
        { "DATA", "451 not now", SendOutcome.RejectedRetry, false },
        { "DATA", "554 no", SendOutcome.RejectedFinal, false },
        { "DATA", "250 what", SendOutcome.NotSent, true },
        { "DATA", ScriptedRelay.Stall, SendOutcome.NotSent, true },
        { "DATA", ScriptedRelay.Drop, SendOutcome.NotSent, true },
        { ".", "451 not now", SendOutcome.RejectedRetry, false },
        { ".", "421 closing", SendOutcome.RejectedRetry, false },
        { ".", "554 spam", SendOutcome.RejectedFinal, false },
        { ".", ScriptedRelay.Stall, SendOutcome.Uncertain, false },
        { ".", ScriptedRelay.Drop, SendOutcome.Uncertain, false },
        { ".", "OK!", SendOutcome.Uncertain, false },
        { ".", "354 more", SendOutcome.Uncertain, false },
        { ".", "250 2.0.0 Ok: queued as ABC", SendOutcome.Accepted, false },
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task Each_stage_has_one_outcome(string stage, string answer, SendOutcome outcome, bool relayTrouble)
    {
        foreach (var pipelining in new[] { true, false })
        {
            var script = new Dictionary<string, string> { [stage] = answer };
            if (!pipelining && stage != "EHLO") script["EHLO"] = "250-scripted\r\n250 AUTH PLAIN";
            await using var relay = new ScriptedRelay(script);
            var clock = new RingingClock(DateTimeOffset.UnixEpoch);
            await using var transport = Transport(relay, user: "worker", time: clock);

            var sending = transport.Send(Samples.Mail(), CancellationToken.None);
            if (answer == ScriptedRelay.Stall)
            {
                await relay.Stalled;
                await Rings(clock, sending);
            }
            var result = await sending;

            Assert.Equal((outcome, relayTrouble), (result.Outcome, result.RelayTrouble));
            // The next mail is accepted: no session is left between two commands.
            script.Clear();
            var next = await transport.Send(Samples.Mail("<n2.a1b2@example.com>"), CancellationToken.None);
            Assert.Equal(SendOutcome.Accepted, next.Outcome);
        }
    }

    [Fact]
    public async Task One_session_carries_many_mails()
    {
        await using var relay = new ScriptedRelay();
        await using var transport = Transport(relay);

        for (var at = 0; at < 5; at++)
        {
            var result = await transport.Send(Samples.Mail($"<n{at}.a@example.com>"), CancellationToken.None);
            Assert.Equal((SendOutcome.Accepted, "Q1"), (result.Outcome, result.QueueId));
        }

        Assert.Equal((1, 5), (relay.Sessions, relay.Mails.Count));
        var sent = Samples.Bytes(Samples.Mail("<n4.a@example.com>"));
        Assert.Equal(System.Text.Encoding.ASCII.GetString(sent), relay.Mails[4]);
        Assert.Contains("RCPT TO:<ada@XN--bcher-kva.example>", relay.Heard);
        Assert.Contains(relay.Heard, line =>
            line.StartsWith("MAIL FROM:<care@example.com> SIZE=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ScriptedRelay.Drop)]
    [InlineData("421 idle too long")]
    public async Task Session_closed_by_the_relay_is_opened_again(string answer)
    {
        var heardFirst = false;
        var script = new Dictionary<string, string>();
        await using var relay = new ScriptedRelay(script, session => session == 1 && heardFirst);
        await using var transport = Transport(relay);
        await transport.Send(Samples.Mail(), CancellationToken.None);
        heardFirst = true;
        script["MAIL"] = answer;

        var second = await transport.Send(Samples.Mail("<n2.a@example.com>"), CancellationToken.None);

        Assert.Equal((SendOutcome.Accepted, 2, 2), (second.Outcome, relay.Sessions, relay.Mails.Count));
    }

    [Fact]
    public async Task Mail_above_the_relays_limit_is_not_offered()
    {
        await using var relay = new ScriptedRelay();
        await using var transport = Transport(relay);

        var result =
            await transport.Send(Samples.Mail() with { Text = new string('x', 200_000) }, CancellationToken.None);

        Assert.Equal(SendOutcome.RejectedFinal, result.Outcome);
        Assert.Contains("at most 100000", result.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Heard, line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Address_beyond_ASCII_is_refused_where_the_relay_has_no_SMTPUTF8()
    {
        await using var relay = new ScriptedRelay();
        await using var transport = Transport(relay);
        var mail = Samples.Mail() with { To = EmailAddress.Parse("ädä@example.com") };

        var result = await transport.Send(mail, CancellationToken.None);

        Assert.Equal((SendOutcome.RejectedFinal, false), (result.Outcome, result.RelayTrouble));
        Assert.Contains("SMTPUTF8", result.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Heard, line => line.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Equal(SendOutcome.Accepted, (await transport.Send(Samples.Mail(), CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Endless_reply_is_cut_off()
    {
        await using var lines =
            new ScriptedRelay(new() { ["EHLO"] = string.Concat(Enumerable.Repeat("250-more\r\n", 4000)) + "250 end" });
        await using var line = new ScriptedRelay(new() { ["EHLO"] = "250 " + new string('x', 40_000) });

        foreach (var relay in new[] { lines, line })
        {
            await using var transport = Transport(relay);
            var result = await transport.Send(Samples.Mail(), CancellationToken.None);
            Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
            Assert.Contains("more than", result.Reply, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cancellation_works_until_the_last_block_and_then_no_more()
    {
        using var stop = new CancellationTokenSource();
        await using var early = new ScriptedRelay(new() { ["DATA"] = ScriptedRelay.Stall });
        await using var late = new ScriptedRelay(new() { ["."] = ScriptedRelay.Stall });
        await using var first = Transport(early);
        await using var second = Transport(late, timeouts: Patient with { Final = TimeSpan.FromSeconds(1) });

        var beforeDot = first.Send(Samples.Mail(), stop.Token);
        var afterDot = second.Send(Samples.Mail(), stop.Token);
        while (late.Mails.Count == 0 || !early.Heard.Contains("DATA"))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await stop.CancelAsync();

        Assert.Equal((SendOutcome.NotSent, false), ((await beforeDot).Outcome, (await beforeDot).RelayTrouble));
        Assert.Equal(SendOutcome.Uncertain, (await afterDot).Outcome);
        Assert.Contains("did not answer within 1 s", (await afterDot).Reply, StringComparison.Ordinal);
    }

    [Fact]
    public void Final_reply_has_the_ten_minutes_of_the_standard() =>
        Assert.Equal(TimeSpan.FromMinutes(10), SmtpTimeouts.Standard.Final);

    [Fact]
    public async Task Refused_connection_is_the_relays_trouble()
    {
        var relay = new ScriptedRelay();
        var port = relay.Port;
        await relay.DisposeAsync();
        await using var transport = new SmtpTransport(
            new("127.0.0.1", port, SmtpSecurity.None, "worker.example.com"), Patient, new(), TimeProvider.System);

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(40_000)]
    public async Task Mail_that_expires_on_its_way_is_not_handed_over(int length)
    {
        var clock = new RingingClock(DateTimeOffset.UnixEpoch);
        ScriptedRelay? relay = null;
        // The relay has accepted the mail, and then the sending process is suspended.
        await using var scripted = relay = new ScriptedRelay([], _ =>
        {
            if (relay!.Heard.LastOrDefault() == "DATA" && relay.Sessions == 1) clock.Advance(Late);
            return true;
        });
        await using var transport = Transport(scripted, time: clock);
        var mail = Samples.Mail() with
        {
            Text = new string('x', length),
            NotAfter = NodaTime.Instant.FromUnixTimeTicks(Late.Ticks),
        };

        Assert.Equal(SendResult.TooLate, await transport.Send(mail, CancellationToken.None));
        Assert.Empty(scripted.Mails);
        var next = await transport.Send(mail with { NotAfter = null }, CancellationToken.None);
        Assert.Equal((SendOutcome.Accepted, 2), (next.Outcome, scripted.Sessions));
        Assert.Single(scripted.Mails);
    }

    // The relay may read a command before its sender begins to wait for the reply.
    private static async Task Rings(RingingClock clock, Task sending)
    {
        while (!sending.IsCompleted)
        {
            clock.Advance(Patient.Command);
            await Task.WhenAny(sending, Task.Delay(20, TestContext.Current.CancellationToken));
        }
    }

    internal static SmtpTransport Transport(
        ScriptedRelay relay, SmtpSecurity security = SmtpSecurity.None, string? user = null,
        SmtpTimeouts? timeouts = null, TimeProvider? time = null) =>
        new(new("127.0.0.1", relay.Port, security, "worker.example.com") { User = user, Password = "pässword" },
            timeouts ?? Patient, new(), time ?? TimeProvider.System);
}
