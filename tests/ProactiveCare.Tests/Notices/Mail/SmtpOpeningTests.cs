using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>Relays that refuse a session: its protection or its sign-in.</summary>
public sealed class SmtpOpeningTests
{
    [Theory]
    [InlineData("250-scripted\r\n250 SIZE", "offers none of AUTH")]
    [InlineData("250-scripted\r\n250 AUTH CRAM-MD5", "offers none of AUTH")]
    public async Task Relay_without_a_known_mechanism_gets_no_mail(string hello, string message)
    {
        await using var relay = new ScriptedRelay(new() { ["EHLO"] = hello });
        await using var transport = SmtpOutcomeTests.Transport(relay, user: "worker");

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
        Assert.Contains(message, result.Reply, StringComparison.Ordinal);
        Assert.Empty(relay.Mails);
    }

    [Fact]
    public async Task Access_token_is_read_for_each_session()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var relay = new ScriptedRelay(new() { ["EHLO"] = "250-scripted\r\n250 AUTH PLAIN XOAUTH2" });
            File.WriteAllText(file, "first\n");
            await using var transport = new SmtpTransport(
                new("127.0.0.1", relay.Port, SmtpSecurity.None, "worker.example.com", 1)
                {
                    User = "worker", TokenFile = file,
                },
                new(), TimeProvider.System);
            await transport.Send(Samples.Mail(), CancellationToken.None);
            File.WriteAllText(file, "second\n");
            await transport.Send(Samples.Mail() with { NotAfter = NodaTime.Instant.MinValue }, CancellationToken.None);
            await transport.Send(Samples.Mail(), CancellationToken.None);
            File.Delete(file);
            await transport.Send(Samples.Mail() with { NotAfter = NodaTime.Instant.MinValue }, CancellationToken.None);
            var last = await transport.Send(Samples.Mail(), CancellationToken.None);

            Assert.Equal(
                ["first", "second"],
                relay.Heard.Where(line => line.StartsWith("AUTH XOAUTH2 ", StringComparison.Ordinal))
                    .Select(line => System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(line[13..])))
                    .Select(words => words.Split("Bearer ")[1].TrimEnd('\u0001')));
            Assert.Equal((SendOutcome.NotSent, true), (last.Outcome, last.RelayTrouble));
            Assert.StartsWith("The token file", last.Reply, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Required_TLS_that_is_not_offered_stops_before_the_password()
    {
        await using var relay = new ScriptedRelay();
        await using var transport = SmtpOutcomeTests.Transport(relay, SmtpSecurity.StartTls, "worker");

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
        Assert.Contains("does not offer STARTTLS", result.Reply, StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Heard, line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("250-scripted\r\n250 STARTTLS", "220 go\r\n250 injected", "more than its reply")]
    [InlineData("250-scripted\r\n250 STARTTLS", "454 no", "refused the STARTTLS")]
    public async Task Refused_or_tampered_STARTTLS_is_the_relays_trouble(string hello, string answer,
        string message)
    {
        await using var relay = new ScriptedRelay(new() { ["EHLO"] = hello, ["STARTTLS"] = answer });
        await using var transport = SmtpOutcomeTests.Transport(relay, SmtpSecurity.StartTls);

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
        Assert.Contains(message, result.Reply, StringComparison.Ordinal);
    }
}
