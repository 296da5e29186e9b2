using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ProactiveCare.Tests.Faults;

/// <summary>A relay that accepts every mail and counts the complete ones for each Message-ID.</summary>
internal sealed class CountingRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, int> taken = new(StringComparer.Ordinal);
    private readonly Task serving;

    public CountingRelay()
    {
        listener.Start();
        serving = Serve();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public int Mails => taken.Values.Sum();

    /// <summary>The Message-IDs of all accepted mails, without brackets.</summary>
    public IReadOnlyCollection<string> Ids => [.. taken.Keys];

    /// <summary>While set, mails are accepted and their replies wait for its end.</summary>
    public Task Silence { get; set; } = Task.CompletedTask;

    /// <summary>The number of times that a mail was accepted.</summary>
    public int Taken(string messageId) => taken.GetValueOrDefault(messageId.Trim('<', '>'));

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
            while (true) sessions.Add(Session(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task Session(TcpClient client)
    {
        using var _ = client;
        client.NoDelay = true;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            Task Say(string reply) => stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), stop.Token).AsTask();
            await Say("220 counting ESMTP");
            while (await reader.ReadLineAsync(stop.Token) is { } line)
            {
                var word = line.Split(' ', ':')[0].ToUpperInvariant();
                await Say(word switch
                {
                    "EHLO" => "250-counting\r\n250 PIPELINING",
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                });
                if (word == "QUIT") return;
                if (word == "DATA")
                {
                    if (await Receive(reader) is not { } id) return;
                    taken.AddOrUpdate(id, 1, (_, times) => times + 1);
                    await Silence.WaitAsync(stop.Token);
                    await Say("250 ok: queued as 1");
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client was killed, or the test is over.
        }
    }

    /// <returns>The Message-ID; null when the mail was cut off, so that nobody has taken it.</returns>
    private async Task<string?> Receive(StreamReader reader)
    {
        var id = "(none)";
        while (await reader.ReadLineAsync(stop.Token) is { } line)
        {
            if (line == ".") return id;
            if (line.StartsWith("Message-ID:", StringComparison.OrdinalIgnoreCase)) id = line[11..].Trim(' ', '<', '>');
        }
        return null;
    }
}
