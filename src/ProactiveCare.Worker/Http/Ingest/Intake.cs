using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ProactiveCare.Access;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>Accepts posts of producers: checks key, kind and quota, reads the whole body, and stores its rows like an
/// import. The response is sent once they are durable.</summary>
internal sealed class Intake(
    Store store, ApiKeyCache keys, IngestLimits limits, BodyQuota room, IHostApplicationLifetime lifetime)
    : IDisposable
{
    private const long Small = 1 << 20;

    private static readonly string[] Rows =
        ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"];
    private static readonly string[] Alerts = ["application/geo+json", "application/geo+json-seq", .. Rows];

    // A large body's rows take several times its memory while they wait for the writer; two keep it busy.
    private readonly SemaphoreSlim large = new(2);

    /// <exception cref="ProblemException">None of it is acknowledged.</exception>
    public async Task<ImportResult> Take(HttpRequest request, string kind, TimeProvider time)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) throw ProblemException.Stopping();
        var key = keys.Find(request.Headers.Authorization);
        if (key.Role != KeyRole.Producer)
            throw new ProblemException(403, "This key reads /metrics. To post telemetry, use the key of a producer.");
        Check(request, kind);
        using var body = new PostedBody(room, key.Producer);
        await Read(request, body, time);
        var import = new ImportRequest(kind, $"POST /telemetry/{kind}", key.Producer, key.Actor) { Posted = true };
        if (body.Length <= Small) return await Import.Run(store, import, body, time);
        await LargeTurn();
        try
        {
            return await Import.Run(store, import, body, time);
        }
        finally
        {
            large.Release();
        }
    }

    public void Dispose() => large.Dispose();

    private async Task LargeTurn()
    {
        try
        {
            await large.WaitAsync(lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            throw ProblemException.Stopping();
        }
    }

    private static void Check(HttpRequest request, string kind)
    {
        if (!HttpMethods.IsPost(request.Method))
            throw new ProblemException(405, "Telemetry is sent with POST.") { Header = ("Allow", "POST") };
        if (!Import.TelemetryKinds.Contains(kind))
        {
            throw new ProblemException(
                404,
                $"There is no telemetry of the kind '{kind}': post to /telemetry/ and one of "
                + $"{string.Join(", ", Import.TelemetryKinds)}. Other files come in with: proactive-care import");
        }
        var types = kind == Import.Alerts ? Alerts : Rows;
        if (request.ContentType is { Length: > 0 } type && !Understood(type, types))
            throw new ProblemException(415, $"The Content-Type is '{type}': {kind} are sent as {types[0]}, in UTF-8.");
        if (Encoding(request) is not ("" or "identity" or "gzip" or "x-gzip"))
        {
            throw new ProblemException(
                415, $"The Content-Encoding is '{Encoding(request)}': send the body plain, or packed with gzip once.")
            {
                Header = ("Accept-Encoding", "gzip"),
            };
        }
    }

    private static bool Understood(string type, string[] types) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
        && types.Contains(parsed.MediaType.Value, StringComparer.OrdinalIgnoreCase)
        && (!parsed.Charset.HasValue
            || parsed.Charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static string Encoding(HttpRequest request) =>
        request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();

    private async Task Read(HttpRequest request, PostedBody body, TimeProvider time)
    {
        // The server would close the connection of a client that still sends, which would then never read the reason.
        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        if (request.ContentLength > limits.LargestBody) throw ProblemException.TooLarge(limits.LargestBody);
        var (gone, stopping) = (request.HttpContext.RequestAborted, lifetime.ApplicationStopping);
        using var late = new CancellationTokenSource(limits.BodyWithin, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(gone, stopping, late.Token);
        try
        {
            if (Encoding(request) is "" or "identity")
            {
                await body.Fill(request.Body, limits.LargestBody, any.Token);
                return;
            }
            await using var packed = new WholeGzip(request.Body);
            await using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
            await body.Fill(unpacked, limits.LargestBody + WholeGzip.Mark.Length, any.Token);
            if (!body.TryCut(WholeGzip.Mark)) throw ProblemException.BrokenGzip();
        }
        catch (InvalidDataException)
        {
            throw ProblemException.BrokenGzip();
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw ProblemException.BrokenOff(400, e.Message);
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            throw stopping.IsCancellationRequested
                ? ProblemException.Stopping()
                : new ProblemException(
                    408,
                    $"The body took longer than {limits.BodyWithin.TotalSeconds:F0} seconds to come. Nothing of it was "
                    + "stored. Send it in smaller parts.");
        }
    }
}
