using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker.Ingest;

/// <summary>The answer to a post.</summary>
public sealed record Answered(int Status, string Type, string? RetryAfter, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string Counts => string.Join(' ', new[] { "received", "stored", "revised", "duplicate", "quarantined" }
        .Select(name => Json.GetProperty(name).GetInt64()));
}

/// <summary>A running worker with a real HTTP server on a port of its own, and a producer who has a key.</summary>
public class PostOffice : IAsyncLifetime
{
    private readonly HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
    private RunningWorker worker = null!;

    public Desk Desk { get; } = new() { OsUser = OsUsers.Current };

    public int Port { get; } = FreePort();

    public string Key { get; private set; } = "";

    protected virtual string More => "";

    public async ValueTask InitializeAsync()
    {
        Desk.File("appsettings.json", $$"""{ "Http": { "Urls": "http://127.0.0.1:{{Port}}" }{{More}} }""");
        Desk.Run("db init");
        Key = Desk.Run("producers add player --json").Json.GetProperty("key").GetString()!;
        worker = await RunningWorker.Start(Desk);
        await RunningWorker.Until(() => Desk.Run("health").Code == 0);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Stop();
        worker.Dispose();
        Desk.Dispose();
        GC.SuppressFinalize(this);
    }

    public Task<Told> Stop() => worker.Stop();

    public Task<Answered> Post(string kind, string body, string? type = "application/x-ndjson") =>
        Post(kind, Encoding.UTF8.GetBytes(body), type);

    public async Task<Answered> Post(
        string kind, byte[] body, string? type = "application/x-ndjson", string? encoding = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{Port}/telemetry/{kind}");
        request.Content = new ByteArrayContent(body);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (key ?? Key));
        if (type is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null) request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return await Send(request);
    }

    public async Task<Answered> Send(HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request);
        return new Answered(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType ?? "",
            response.Headers.RetryAfter?.ToString(),
            await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends raw bytes and reads until the other side closes.</summary>
    public async Task<string> Raw(byte[] bytes, bool ends = false)
    {
        using var socket = await Connect();
        await socket.SendAsync(bytes);
        if (ends) socket.Shutdown(SocketShutdown.Send);
        return await All(socket);
    }

    public async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return socket;
    }

    public static async Task<string> All(Socket socket)
    {
        using var answer = new MemoryStream();
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;) answer.Write(buffer, 0, read);
        }
        catch (SocketException)
        {
            // Unread bytes of a bad request reset the connection after the answer.
        }
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public byte[] Head(string more, string path = "/telemetry/contacts") => Encoding.Latin1.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {Key}\r\nConnection: close\r\n{more}\r\n");

    public T Read<T>(Func<System.Data.Common.DbConnection, T> query)
    {
        using var store = Store.OpenReadOnly(Desk.Folder);
        return store.Read(query);
    }

    public static string Contact(string id, string topic = "t", string at = "2026-03-14T10:00:00Z") =>
        $$"""{"contact_id":"{{id}}","customer_id":"c","contacted_at":"{{at}}","topic":"{{topic}}"}""" + "\n";

    public static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(plain);
        return packed.ToArray();
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>A worker that takes bodies of 1 MiB, and 2 MiB of all together.</summary>
public sealed class NarrowPostOffice : PostOffice
{
    protected override string More => """, "Ingest": { "LargestBody": 1, "Room": 2 }""";
}
