using ProactiveCare.Worker.Hosting;

namespace ProactiveCare.Worker.Ingest;

/// <summary><c>POST /telemetry/{kind}</c>: the counts, or a problem that says what to do.</summary>
internal sealed class IngestEndpoints(Intake intake, Vitals vitals, TimeProvider time, ILogger<IngestEndpoints> log)
{
    private const string Name = "ingest";

    private volatile bool ill;

    public static void Add(IServiceCollection services, IngestLimits limits) => services
        .AddSingleton(limits).AddSingleton<BodyRoom>().AddSingleton<KeyRing>().AddSingleton<Intake>()
        .AddSingleton<IngestEndpoints>();

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
        catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            await Refused(e).Answer(http.Response);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The producer is gone. What was durable stays, and is a duplicate when it comes again.
        }
    }

    private Refusal Refused(Exception e)
    {
        var refusal = Refusal.Of(e);
        if (refusal is null or { Status: >= 500, RetryAfter: > 5 }) Note(e);
        return refusal ?? new Refusal(
            500,
            "Something unexpected happened, and the log of the worker says what. Send the same body again later: rows "
            + "that are stored are counted as duplicates.");
    }

    private void Note(Exception? trouble)
    {
        if (trouble is not null)
        {
            ill = true;
            if (vitals.Ill(Name, trouble.Message)) log.LogError(trouble, "Posted telemetry could not be stored.");
        }
        else if (ill)
        {
            ill = false;
            vitals.Well(Name);
        }
    }
}
