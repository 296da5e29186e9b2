using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Settings;
using KestrelLimits = Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerLimits;
using MinDataRate = Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate;

namespace ProactiveCare.Worker.Http.Ingest;

/// <c>POST /telemetry/{kind}</c>: returns the counts, or a problem with its remedy.
internal sealed class IngestEndpoints(Intake intake, RefusalLog refusals, HealthRegistry health, TimeProvider time,
    ILogger<IngestEndpoints> log)
{
    private const string Name = "ingest";

    private volatile bool ill;

    public static void Add(IServiceCollection services, IngestLimits limits) => services
        .AddSingleton(limits).AddSingleton<BodyQuota>().AddSingleton<ApiKeyCache>().AddSingleton<Intake>()
        .AddSingleton<IngestEndpoints>();

    public static void Limit(KestrelLimits limits)
    {
        limits.MaxConcurrentConnections = 4_000;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1_000, gracePeriod: TimeSpan.FromSeconds(5));
    }

    public static void Map(WebApplication app)
    {
        var endpoints = app.Services.GetRequiredService<IngestEndpoints>();
        app.Map("/telemetry/{**kind}", (HttpContext http, string? kind) => endpoints.Answer(http, kind ?? ""));
    }

    private async Task Answer(HttpContext http, string kind)
    {
        try
        {
            var result = await intake.Take(http.Request, kind, time);
            Note(null);
            await http.Response.WriteAsJsonAsync(new
            {
                result.Received,
                result.Stored,
                result.Revised,
                result.Duplicate,
                result.Quarantined,
                firstQuarantined = result.FirstQuarantined.Select(each => new { each.Line, each.Reason }),
            });
        }
        catch (Exception e) when (
            e is (IOException or OperationCanceledException) and not BadHttpRequestException
            && http.RequestAborted.IsCancellationRequested)
        {
            // The producer has disconnected. Committed rows stay, and are duplicates when they are posted again.
        }
        catch (Exception e)
        {
            var refusal = Refused(e);
            if (refusal.Status == StatusCodes.Status401Unauthorized)
                refusals.Add("key", "", $"{http.Connection.RemoteIpAddress}", refusal.Message);
            if (!http.Response.HasStarted) await refusal.Answer(http.Response);
        }
    }

    private ProblemException Refused(Exception e)
    {
        var refusal = ProblemException.Of(e);
        if (refusal is null or { Status: >= 500, RetryAfter: > 5 }) Note(e);
        return refusal ?? new ProblemException(
            500,
            "Something unexpected happened, and the log of the worker says what. Send the same body again later: rows "
            + "that are stored are counted as duplicates.");
    }

    private void Note(Exception? trouble)
    {
        if (trouble is not null)
        {
            ill = true;
            if (health.Unhealthy(Name, trouble.Message)) log.LogError(trouble, "Posted telemetry could not be stored.");
        }
        else if (ill)
        {
            ill = false;
            health.Healthy(Name);
        }
    }
}
