using Dapper;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Delivery;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>The states of notices after each behaviour of a relay at each stage.</summary>
public sealed class SmtpOutboxTests : Postroom
{
    private const int Notices = 5;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    // Untouched: not sent, not charged, due at once, and the breaker is open.
    public static TheoryData<string, string, string> Stages => new()
    {
        { "greeting", "554 go away", "untouched" },
        { "greeting", "421 busy", "untouched" },
        { "greeting", ScriptedRelay.Stall, "untouched" },
        { "greeting", ScriptedRelay.Drop, "untouched" },
        { "EHLO", "502 no", "untouched" },
        { "EHLO", "421 closing", "untouched" },
        { "EHLO", ScriptedRelay.Stall, "untouched" },
        { "EHLO", ScriptedRelay.Drop, "untouched" },
        { "AUTH", "535 5.7.8 wrong password", "untouched" },
        { "AUTH", "421 closing", "untouched" },
        { "AUTH", ScriptedRelay.Stall, "untouched" },
        { "AUTH", ScriptedRelay.Drop, "untouched" },
        { "MAIL", "451 not now", "later" },
        { "MAIL", "550 not you", "bounced" },
        { "MAIL", "530 sign in first", "untouched" },
        { "MAIL", "421 closing", "untouched" },
        { "MAIL", ScriptedRelay.Stall, "untouched" },
        { "MAIL", ScriptedRelay.Drop, "untouched" },
        { "RCPT", "450 greylisted", "later" },
        { "RCPT", "550 no such user", "bounced" },
        { "RCPT", "421 closing", "untouched" },
        { "RCPT", ScriptedRelay.Stall, "untouched" },
        { "RCPT", ScriptedRelay.Drop, "untouched" },
        { "DATA", "451 not now", "later" },
        { "DATA", "554 no", "bounced" },
        { "DATA", "421 closing", "untouched" },
        { "DATA", ScriptedRelay.Stall, "untouched" },
        { "DATA", ScriptedRelay.Drop, "untouched" },
        { ".", "451 not now", "later" },
        { ".", "421 closing", "later" },
        { ".", "554 spam", "bounced" },
        { ".", ScriptedRelay.Stall, "uncertain" },
        { ".", ScriptedRelay.Drop, "uncertain" },
        { ".", "OK!", "uncertain" },
        { ".", "250 2.0.0 Ok: queued as ABC", "sent" },
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task Each_stage_leaves_the_notices_in_one_state(string stage, string answer, string left)
    {
        foreach (var sessions in new[] { 1, 3 })
        {
            Installed.Write(db => db.Execute("DELETE FROM notice_words; DELETE FROM notice"));
            for (var at = 0; at < Notices; at++)
                Queue($"{sessions}-{at}", request => request with { IsUrgent = true });
            await using var relay = new ScriptedRelay(new() { [stage] = answer });
            await using var transport = Transport(relay, sessions, answer == ScriptedRelay.Stall ? stage : "");

            var counts = await new NoticeDelivery(Installed.Store, transport, Renderer(), Installed.Clock,
                new Random(1))
                .RunOnce(CancellationToken.None);

            var now = Installed.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            var rows = Installed.Read(db => db.Query<(string State, long Attempts, long Doubts, long? Next)>(
                "SELECT state, attempts, uncertain_count, next_attempt_at FROM notice").ToList());
            Assert.Equal(Notices, rows.Count);
            Assert.Equal(Expected(left), counts with { RelayTrouble = null });
            Assert.Equal(left == "untouched", counts.RelayTrouble is not null);
            Assert.All(rows, row => Assert.Equal(
                left switch
                {
                    "untouched" => ("queued", 0, 0, "now"),
                    "later" => ("queued", 1, 0, "later"),
                    "bounced" => ("bounced", 1, 0, "never"),
                    "uncertain" => ("uncertain", 1, 1, "later"),
                    _ => ("sent", 1L, 0L, "never"),
                },
                (row.State, row.Attempts, row.Doubts, When(row.Next, now))));
            // Mails no longer due are offered once; those stopped by the relay's trouble, at most once a session.
            Assert.InRange(relay.Heard.Count(line => line.StartsWith("MAIL", StringComparison.Ordinal)), 0,
                left == "untouched" ? sessions : Notices);
            Assert.Equal(stage == "." ? Notices : 0, relay.Mails.Distinct(StringComparer.Ordinal).Count());
            Assert.InRange(relay.Sessions, 1, stage is "." or "RCPT" or "DATA" or "MAIL" ? Notices : sessions);
        }
    }

    private static DeliveryCounts Expected(string left) => left switch
    {
        "later" => new(Retried: Notices),
        "bounced" => new(Bounced: Notices),
        "uncertain" => new(Uncertain: Notices),
        "sent" => new(Sent: Notices),
        _ => new(),
    };

    private static string When(long? next, long now) => next is null ? "never" : next <= now ? "now" : "later";

    // The time limit of the stalling stage alone is shortened, so that a busy machine changes no outcome.
    private SmtpTransport Transport(ScriptedRelay relay, int sessions, string stalls) => new(
        new("127.0.0.1", relay.Port, SmtpSecurity.None, "worker.example.com", sessions)
        {
            User = "worker", Password = "secret",
        },
        new(Long, stalls is "" or "DATA" or "." ? Long : Short, stalls == "DATA" ? Short : Long, Long,
            stalls == "." ? Short : Long),
        new(), Installed.Clock);
}
