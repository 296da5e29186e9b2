using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Words;
using ProactiveCare.Tests.RealData;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>Against a server of aiosmtpd: each protection with each way to sign in.</summary>
public sealed class SmtpServerTests : IDisposable
{
    private readonly Certificates certificates = new();
    private readonly string tokenFile = Path.GetTempFileName();
    private readonly List<Process> started = [];

    public static TheoryData<SmtpSecurity, string> Ways { get; } = new MatrixTheoryData<SmtpSecurity, string>(
        [SmtpSecurity.None, SmtpSecurity.StartTls, SmtpSecurity.Tls],
        ["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "XOAUTH2"]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Mail_is_accepted_after_sign_in(SmtpSecurity security, string mechanism)
    {
        var (server, port) = Start(security, mechanism);
        await using var transport = Transport(port, security, mechanism, "pässword");

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.Accepted, "A1"), (result.Outcome, result.QueueId));
        var received = Received(server);
        Assert.Equal(mechanism, (string?)received["mechanism"]);
        Assert.Equal(security != SmtpSecurity.None, (bool?)received["tls"]);
        Assert.Equal(Samples.Bytes(Samples.Mail()), System.Text.Encoding.UTF8.GetBytes((string)received["content"]!));
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("XOAUTH2")]
    public async Task Wrong_password_is_the_relays_trouble_and_is_tried_once(string mechanism)
    {
        var (server, port) = Start(SmtpSecurity.None, mechanism);
        await using var transport = Transport(port, SmtpSecurity.None, mechanism, "wrong");

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
        Assert.StartsWith("The relay refused the sign-in: 535", result.Reply, StringComparison.Ordinal);
        server.StandardInput.Close();
        Assert.Equal(1, (int?)Received(server)["tries"]);
    }

    [Fact]
    public async Task Address_beyond_ASCII_is_sent_by_SMTPUTF8()
    {
        var (server, port) = Start(SmtpSecurity.None, null, utf8: true);
        await using var transport = Transport(port, SmtpSecurity.None, null, "");
        var mail = Samples.Mail() with { To = EmailAddress.Parse("ädä@bücher.example", "Ada") };

        Assert.Equal(SendOutcome.Accepted, (await transport.Send(mail, CancellationToken.None)).Outcome);
        var received = Received(server);
        Assert.Equal("ädä@XN--bcher-kva.example", (string?)received["to"]![0]);
        Assert.Contains("SMTPUTF8", received["options"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("<ädä@", (string)received["content"]!, StringComparison.Ordinal);

        Assert.Equal(SendOutcome.Accepted, (await transport.Send(Samples.Mail(), CancellationToken.None)).Outcome);
        received = Received(server);
        Assert.Equal("ada@XN--bcher-kva.example", (string?)received["to"]![0]);
        Assert.DoesNotContain("SMTPUTF8", received["options"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("taro..sample@docomo.example", "\"taro..sample\"@docomo.example")]
    [InlineData("taro.@docomo.example", "\"taro.\"@docomo.example")]
    [InlineData("\"taro sample\"@b.example", "\"taro sample\"@b.example")]
    [InlineData("\"a@b\"@b.example", "\"a@b\"@b.example")]
    [InlineData("\"a>b\\\"c\"@b.example", "\"a>b\\\"c\"@b.example")]
    public async Task Address_out_of_the_ordinary_reaches_the_server_and_the_reader(string text, string address)
    {
        var (server, port) = Start(SmtpSecurity.None, null);
        await using var transport = Transport(port, SmtpSecurity.None, null, "");
        var mail = Samples.Mail() with { To = EmailAddress.Parse(text, "Tarō") };

        Assert.Equal(SendOutcome.Accepted, (await transport.Send(mail, CancellationToken.None)).Outcome);
        var received = Received(server);
        // The server takes quotes away that only the form of the command needs.
        Assert.Contains((string?)received["to"]![0], (string[])[address, text]);
        Assert.Equal(address, ReadBy(System.Text.Encoding.UTF8.GetBytes((string)received["content"]!)));
        Assert.Equal(address, ReadBy(Samples.Bytes(mail)));
        Assert.Equal(address, ReadBy(Samples.Bytes(mail with { To = EmailAddress.Parse(text) })));

        static string ReadBy(byte[] content)
        {
            using var message = MimeKit.MimeMessage.Load(new MemoryStream(content));
            return Assert.Single(message.To.Mailboxes).Address;
        }
    }

    public void Dispose()
    {
        foreach (var process in started)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        certificates.Dispose();
        File.Delete(tokenFile);
    }

    private (Process Server, int Port) Start(SmtpSecurity security, string? mechanism, bool utf8 = false)
    {
        var options = new JsonObject
        {
            ["security"] = security.ToString().ToLowerInvariant(), ["certificate"] = certificates.ServerFile,
            ["key"] = certificates.ServerKeyFile, ["user"] = "worker", ["utf8"] = utf8,
            ["password"] = mechanism == "XOAUTH2" ? "token" : "pässword",
        };
        if (mechanism is not null) options["mechanism"] = mechanism;
        var server = Reference.Start("smtp_server.py", options.ToJsonString());
        started.Add(server);
        var port = server.StandardOutput.ReadLine();
        if (port is null) Assert.Fail("The server did not start: " + server.StandardError.ReadToEnd());
        return (server, int.Parse(port, CultureInfo.InvariantCulture));
    }

    private static JsonNode Received(Process server) => JsonNode.Parse(server.StandardOutput.ReadLine()!)!;

    private SmtpTransport Transport(int port, SmtpSecurity security, string? mechanism, string password)
    {
        File.WriteAllText(tokenFile, password == "wrong" ? "stale\n" : "token\n");
        var settings = new SmtpSettings("127.0.0.1", port, security, "worker.example.com", 1)
        {
            CaFile = certificates.CaFile,
        };
        return new(mechanism switch
        {
            null => settings,
            "XOAUTH2" => settings with { User = "worker", TokenFile = tokenFile },
            _ => settings with { User = "worker", Password = password },
        }, new(), TimeProvider.System);
    }
}
