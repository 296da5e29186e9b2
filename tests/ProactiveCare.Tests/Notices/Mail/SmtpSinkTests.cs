using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>Against smtp-sink, Postfix's own test server.</summary>
public sealed class SmtpSinkTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sink-").FullName;
    private readonly List<Process> started = [];

    [Theory]
    [InlineData("", SendOutcome.Accepted, false)]
    [InlineData("-p", SendOutcome.Accepted, false)]
    [InlineData("-f MAIL", SendOutcome.RejectedFinal, false)]
    [InlineData("-r MAIL", SendOutcome.RejectedRetry, false)]
    [InlineData("-f RCPT", SendOutcome.RejectedFinal, false)]
    [InlineData("-r RCPT", SendOutcome.RejectedRetry, false)]
    [InlineData("-f DATA", SendOutcome.RejectedFinal, false)]
    [InlineData("-r DATA", SendOutcome.RejectedRetry, false)]
    [InlineData("-f .", SendOutcome.RejectedFinal, false)]
    [InlineData("-r .", SendOutcome.RejectedRetry, false)]
    [InlineData("-q .", SendOutcome.Uncertain, false)]
    [InlineData("-q RCPT", SendOutcome.NotSent, true)]
    [InlineData("-q DATA", SendOutcome.NotSent, true)]
    [InlineData("-Q MAIL", SendOutcome.NotSent, true)]
    [InlineData("-f EHLO", SendOutcome.Accepted, false)]
    [InlineData("-f EHLO,HELO", SendOutcome.NotSent, true)]
    [InlineData("-q CONNECT", SendOutcome.NotSent, true)]
    [InlineData("-f CONNECT", SendOutcome.NotSent, true)]
    [InlineData("-r CONNECT", SendOutcome.NotSent, true)]
    [InlineData("-q EHLO", SendOutcome.NotSent, true)]
    [InlineData("-Q EHLO", SendOutcome.NotSent, true)]
    [InlineData("-q MAIL", SendOutcome.NotSent, true)]
    [InlineData("-Q RCPT", SendOutcome.NotSent, true)]
    [InlineData("-Q DATA", SendOutcome.NotSent, true)]
    [InlineData("-Q .", SendOutcome.RejectedRetry, false)]
    [InlineData("-w 1", SendOutcome.Accepted, false)]
    [InlineData("-H 1", SendOutcome.Accepted, false)]
    public async Task Outcome_follows_the_servers_behaviour(string arguments, SendOutcome outcome, bool relayTrouble)
    {
        var port = Start(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        await using var transport = Transport(port);

        var one = await transport.Send(Samples.Mail(), CancellationToken.None);
        var beside = await Task.WhenAll(Enumerable.Range(2, 6)
            .Select(at => transport.Send(Samples.Mail($"<n{at}.a@example.com>"), CancellationToken.None)));

        Assert.All([one, .. beside], result =>
            Assert.Equal((outcome, relayTrouble), (result.Outcome, result.RelayTrouble)));
    }

    // The refusal races with the reset of the unread connection.
    [Fact]
    public async Task Break_within_the_mail_is_a_refusal_or_uncertain()
    {
        await using var transport = Transport(Start("-A", "0"));

        var results = await Task.WhenAll(Enumerable.Range(1, 6)
            .Select(at => transport.Send(Samples.Mail($"<n{at}.a@example.com>"), CancellationToken.None)));

        Assert.All(results, result => Assert.Contains(
            result.Outcome, new[] { SendOutcome.RejectedFinal, SendOutcome.Uncertain, SendOutcome.NotSent }));
    }

    // The server ends with the mail accepted and its reply unsent.
    [Fact]
    public async Task Server_that_ends_at_the_dot_leaves_that_mail_uncertain_and_the_next_unsent()
    {
        await using var transport = Transport(Start("-M", "1"));

        var first = await transport.Send(Samples.Mail("<n1.a@example.com>"), CancellationToken.None);
        var second = await transport.Send(Samples.Mail("<n2.a@example.com>"), CancellationToken.None);

        Assert.Equal(SendOutcome.Uncertain, first.Outcome);
        Assert.Equal((SendOutcome.NotSent, true), (second.Outcome, second.RelayTrouble));
    }

    [Fact]
    public async Task Received_mail_equals_the_composed_one()
    {
        var port = Start("-d", Path.Combine(folder, "mail"));
        await using var transport = Transport(port);

        for (var at = 0; at < 20; at++)
        {
            var result = await transport.Send(Samples.Mail($"<n{at}.a@example.com>"), CancellationToken.None);
            Assert.Equal(SendOutcome.Accepted, result.Outcome);
        }

        var files = Directory.GetFiles(folder);
        Assert.Equal(20, files.Length);
        var first =
            files.Select(File.ReadAllText)
                .Single(text => text.Contains("<n0.a@example.com>", StringComparison.Ordinal));
        var sent = System.Text.Encoding.ASCII.GetString(
            Samples.Bytes(Samples.Mail("<n0.a@example.com>")));
        Assert.EndsWith(sent.Replace("\r\n", "\n", StringComparison.Ordinal)
            .TrimEnd(), first.TrimEnd(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var process in started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        Directory.Delete(folder, recursive: true);
    }

    private static SmtpTransport Transport(int port) => new(
        new("127.0.0.1", port, SmtpSecurity.None, "worker.example.com", 3),
        SmtpTimeouts.Standard with { Command = TimeSpan.FromSeconds(20), Final = TimeSpan.FromSeconds(20) },
            new(), TimeProvider.System);

    private int Start(params string[] arguments)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(each => Path.Combine(each, "smtp-sink")).FirstOrDefault(File.Exists);
        Assert.True(path is not null, "smtp-sink is missing: install the package postfix (scripts/test does).");
        // Two tests may draw the same free port; the later one draws again.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var port = FreePort();
            var start = new ProcessStartInfo(path) { RedirectStandardError = true, UseShellExecute = false };
            if (Environment.UserName == "root") foreach (var word in new[] { "-u", "root" })
                start.ArgumentList.Add(word);
            foreach (var word in arguments) start.ArgumentList.Add(word);
            start.ArgumentList.Add($"127.0.0.1:{port}");
            start.ArgumentList.Add("100");
            var process = Process.Start(start)!;
            started.Add(process);
            if (Listens(process, port)) return port;
        }
        Assert.Fail("smtp-sink did not start: " + started[^1].StandardError.ReadToEnd());
        return 0;
    }

    // The probe looks without connecting: to the server a connection would be a session.
    private static bool Listens(Process process, int port)
    {
        for (var wait = 0; wait < 200 && !process.HasExited; wait++)
        {
            var listening =
                System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
            if (listening.Any(each => each.Port == port)) return !process.HasExited;
            Thread.Sleep(20);
        }
        return false;
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
