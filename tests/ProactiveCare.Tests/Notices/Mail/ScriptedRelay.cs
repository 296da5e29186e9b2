using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ProactiveCare.Tests.Notices.Mail;

/// <summary>
/// A relay that follows a script for each session: what it answers to a command, or that it stalls or hangs up.
/// </summary>
internal sealed class ScriptedRelay : IAsyncDisposable
{
    public const string Stall = "(stall)";
    public const string Drop = "(drop)";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, string> answers;
    private readonly Func<int, bool> follows;
    private readonly Task serving;

    /// <param name="answers">
    /// Answers by command word ("greeting", "EHLO", "MAIL", ..., "." for the end of the mail).
    /// </param>
    /// <param name="follows">Which sessions, from 1, follow the script; the others answer as a good relay does.</param>
    public ScriptedRelay(Dictionary<string, string>? answers = null, Func<int, bool>? follows = null)
    {
        this.answers = answers ?? [];
        this.follows = follows ?? (_ => true);
        listener.Start();
        serving = Serve();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public List<string> Heard { get; } = [];

    public List<string> Mails { get; } = [];

    public int Sessions { get; private set; }

    /// <summary>Completes once it has stalled for the first time.</summary>
    public Task Stalled => stalled.Task;

    /// <summary>Shown after STARTTLS, or at once when <see cref="TlsFromTheStart"/>.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool TlsFromTheStart { get; init; }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        listener.Stop();
        stop.Dispose();
    }

    private async Task Serve()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                sessions.Add(Session(client, ++Sessions));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task Session(TcpClient client, int number)
    {
        using var _ = client;
        client.NoDelay = true;
        Stream stream = client.GetStream();
        try
        {
            if (TlsFromTheStart) stream = await Protected(stream);
            var reader = new StreamReader(stream, Encoding.ASCII);
            if (!await Say(stream, Answer(number, "greeting", "220 scripted ESMTP"))) return;
            while (await reader.ReadLineAsync(stop.Token) is { } line)
            {
                lock (Heard) Heard.Add(line);
                var word = line.Split(' ', ':')[0].ToUpperInvariant();
                var reply = Answer(number, word, Usual(word));
                if (!await Say(stream, reply)) return;
                if (word == "QUIT") return;
                if (word == "STARTTLS" && Certificate is not null)
                {
                    stream = await Protected(stream);
                    reader = new StreamReader(stream, Encoding.ASCII);
                }
                if (reply.StartsWith("354", StringComparison.Ordinal))
                {
                    await Receive(reader);
                    if (!await Say(stream, Answer(number, ".", "250 2.0.0 Ok: queued as Q1"))) return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or AuthenticationException)
        {
            // The client went away, or the test is over.
        }
    }

    private async Task<Stream> Protected(Stream plain)
    {
        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate },
            stop.Token);
        return tls;
    }

    private async Task Receive(StreamReader reader)
    {
        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(stop.Token) is { } line)
        {
            if (line == ".")
            {
                lock (Mails) Mails.Add(mail.ToString());
                return;
            }
            mail.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }
    }

    private async Task<bool> Say(Stream stream, string reply)
    {
        if (reply == Drop) return false;
        if (reply == Stall)
        {
            stalled.TrySetResult();
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), stop.Token);
        return true;
    }

    private string Answer(int session, string word, string usual) =>
        follows(session) && answers.TryGetValue(word, out var scripted) ? scripted : usual;

    private static string Usual(string word) => word switch
    {
        "EHLO" => "250-scripted\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250 AUTH LOGIN PLAIN",
        "AUTH" => "235 2.7.0 signed in",
        "MAIL" or "RCPT" or "RSET" => "250 2.1.0 Ok",
        "DATA" => "354 go ahead",
        "QUIT" => "221 bye",
        "STARTTLS" => "220 go",
        _ => "500 what?",
    };
}
