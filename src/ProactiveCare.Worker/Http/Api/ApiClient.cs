using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Http.Api;

/// <summary>A problem response of the worker; the message is its detail.</summary>
internal sealed class WorkerException(string message) : Exception(message)
{
    /// <summary>Whether the target does not exist.</summary>
    public bool IsNotFound { get; init; }
}

/// <summary>Sends operations to the worker of a data folder, over its Unix socket.</summary>
internal sealed class ApiClient(DataFolder folder, TimeProvider clock)
{
    private const string WentAway =
        "The worker stopped before it had answered. What it confirmed stands; run the command again for the rest.";

    /// <summary>The instant of the operation; null for the present.</summary>
    public string? Now { get; init; }

    /// <summary>The jobs folder that the caller names; null for the worker's.</summary>
    public string? Jobs { get; init; }

    /// <summary>Connects to the worker.</summary>
    /// <returns>Null when no worker listens.</returns>
    /// <exception cref="StorageException">The socket exists and cannot be reached.</exception>
    public async Task<Socket?> Connect(CancellationToken cancellation)
    {
        if (folder.HasLongSocket) return null;
        for (var tries = 1; ; tries++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket), cancellation);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                // Refused: the socket file of a killed worker.
                if (e.SocketErrorCode == SocketError.ConnectionRefused || !MayBeThere(e)) return null;
                if (e.SocketErrorCode == SocketError.AccessDenied)
                {
                    throw new StorageException(
                        $"The worker of {folder.Path} takes commands only from its own user and from the group of the "
                        + "data folder.",
                        e);
                }
                if (tries == 20)
                    throw new StorageException($"The worker of {folder.Path} cannot be reached: {e.Message}", e);
            }
            // The backlog of the socket is full.
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancellation);
        }
    }

    // Without permission for its folder, the socket seems to be missing.
    private bool MayBeThere(SocketException e) => e.SocketErrorCode == SocketError.AccessDenied
        ? Directory.Exists(Path.GetDirectoryName(folder.Socket))
        : File.Exists(folder.Socket);

    /// <summary>Sends a request over a connection, which serves this request only.</summary>
    /// <exception cref="WorkerException">The answer is a problem.</exception>
    /// <exception cref="IOException">The connection broke, or the file cannot be read.</exception>
    public async Task<TOut> Ask<TIn, TOut>(
        Socket socket, Operation<TIn, TOut> operation, TIn input, Stream? file, CancellationToken cancellation)
        where TIn : class where TOut : notnull
    {
        var connections = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            // No request is repeated: a worker whose connection broke may have executed it.
            ConnectCallback = (_, _) => Interlocked.Exchange(ref connections, 1) == 0
                ? ValueTask.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true))
                : throw new IOException(WentAway),
        }) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = Request(operation, input);
        using var upload = file is null ? null : new Upload(file);
        if (upload is not null) request.Content = upload;
        try
        {
            using var response = await client.SendAsync(request, cancellation);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync<TOut>(Json.Options, cancellation))!;
            throw new WorkerException(await Problem(response, cancellation))
            {
                IsNotFound = response.StatusCode == HttpStatusCode.NotFound,
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw upload?.Failure ?? new IOException(WentAway, e);
        }
    }

    private HttpRequestMessage Request<TIn, TOut>(Operation<TIn, TOut> operation, TIn input)
        where TIn : class where TOut : notnull
    {
        var route = "http://worker" + operation.Route;
        var request = new HttpRequestMessage(new HttpMethod(operation.Method), route);
        if (operation.HasQuery)
        {
            var fields = JsonSerializer.SerializeToNode(input, Json.Options)!.AsObject();
            request.RequestUri = new Uri(QueryHelpers.AddQueryString(
                route, fields.Select(field => KeyValuePair.Create(field.Key, field.Value?.ToString()))));
        }
        else request.Content = JsonContent.Create(input, options: Json.Options);
        if (Now is not null) request.Headers.Add(ApiEndpoints.NowHeader, Now);
        if (Jobs is not null) request.Headers.Add(ApiEndpoints.JobsHeader, Uri.EscapeDataString(Jobs));
        // The worker of the folder may use another database than these settings name.
        if (folder.SharedStoreId() is { } store) request.Headers.Add(ApiEndpoints.StoreHeader, store);
        return request;
    }

    private static async Task<string> Problem(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var problem = await response.Content.ReadFromJsonAsync<JsonObject>(cancellation);
            if (problem?["detail"]?.GetValue<string>() is { } detail) return detail;
        }
        catch (JsonException)
        {
            // The response is not one of ours.
        }
        return "The worker's answer was not understood; is it the same version of proactive-care?";
    }

    // Distinguishes a failure to read the file from a broken connection.
    private sealed class Upload(Stream file) : HttpContent
    {
        public IOException? Failure { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var buffer = new byte[64 * 1024];
            while (await Read(buffer) is > 0 and var read) await stream.WriteAsync(buffer.AsMemory(0, read));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private async Task<int> Read(byte[] buffer)
        {
            try
            {
                return await file.ReadAsync(buffer);
            }
            catch (IOException e)
            {
                Failure = e;
                throw;
            }
        }
    }
}
