using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Ingest;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Api;

/// <summary>Serves the routes of the operations: JSON, or a problem with a code for its kind.</summary>
internal sealed class ApiEndpoints(
    CareServices care, ProactiveCareSettings settings, RefusalLog refusals, IHostApplicationLifetime lifetime)
{
    /// <summary>The header with the id of the target installation; without it, this one is meant.</summary>
    public const string StoreHeader = "ProactiveCare-Store";

    /// <summary>The header with the jobs folder that is meant, escaped; without it, the worker's is.</summary>
    public const string JobsHeader = "ProactiveCare-Jobs";

    /// <summary>The header with the instant of the operation, in an installation for simulation.</summary>
    public const string NowHeader = "ProactiveCare-Now";

    public static void Map(WebApplication app)
    {
        var endpoints = ActivatorUtilities.CreateInstance<ApiEndpoints>(app.Services);
        foreach (var operation in Operations.All)
            app.MapMethods(operation.Route, [operation.Method], http => endpoints.Answer(http, operation));
    }

    private async Task Answer(HttpContext http, Operation operation)
    {
        if (ApiDoor.CallerOf(http) is not { } caller)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        CrashPoint.At("ApiEndpoints.Answer:asked");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            var answer = await Act(http, operation, caller, stop.Token);
            if (operation.Method != HttpMethods.Get) care.SignalDue();
            CrashPoint.At("ApiEndpoints.Answer:done");
            await http.Response.WriteAsJsonAsync(answer, answer.GetType(), Json.Options, CancellationToken.None);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            // A client that is still uploading reads the response only afterwards.
            if (operation.TakesFile) await Drain(http.Request.Body, stop.Token);
            var problem = Problem(e);
            if (problem.Status == StatusCodes.Status403Forbidden)
                refusals.Add("command", caller, "socket", $"{operation.Method} {operation.Route}: {problem.Message}");
            await problem.Answer(http.Response);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected.
            return;
        }
        await http.Response.CompleteAsync();
        CrashPoint.At("ApiEndpoints.Answer:answered");
    }

    private async Task<object> Act(HttpContext http, Operation operation, string caller, CancellationToken stop)
    {
        RequireSameStore(http.Request);
        if (operation.ReadsJobs) RequireSameJobs(http.Request);
        var at = At(http.Request);
        var input = operation.HasQuery ? FromQuery(http.Request) : await FromBody(http.Request, stop);
        if (operation.TakesFile) AllowLongBody(http);
        var by = care.Store.Read(db => Permission.ActorOf(db, caller));
        var file = operation.TakesFile ? http.Request.Body : Stream.Null;
        return await operation.Act(new Asked(at, by, file, stop), input);
    }

    private void RequireSameStore(HttpRequest request)
    {
        if (request.Headers[StoreHeader] is not [{ } meant] || meant == care.Store.Installation.StoreId) return;
        throw new RefusedException(
            $"The worker of {settings.Data} is at work in {settings.Place}, which is another installation than the "
            + "settings name. Name a data folder of its own for that one: --data FOLDER");
    }

    private void RequireSameJobs(HttpRequest request)
    {
        if (request.Headers[JobsHeader] is not [{ } header]) return;
        var meant = Uri.UnescapeDataString(header);
        if (Real(meant) != Real(settings.Jobs))
        {
            throw new RefusedException(
                $"The worker of {settings.Data} reads its jobs in {settings.Jobs}, not in {meant}, and does this with "
                + "its own. Leave --jobs out, or stop the worker and start it with that folder.");
        }

        static string Real(string folder) => Path.TrimEndingDirectorySeparator(
            Directory.Exists(folder) && Directory.ResolveLinkTarget(folder, returnFinalTarget: true) is { } real
                ? real.FullName
                : folder);
    }

    private CareServices At(HttpRequest request)
    {
        if (request.Headers[NowHeader] is not [{ } now]) return care;
        settings.RequireSimulated(care.Store.Installation);
        return care.At(new StandingTime(Time.Parse(now)));
    }

    private static JsonElement FromQuery(HttpRequest request)
    {
        var input = new JsonObject();
        foreach (var (name, value) in request.Query) input[name] = value.ToString();
        return JsonSerializer.SerializeToElement(input);
    }

    private static async Task<JsonElement> FromBody(HttpRequest request, CancellationToken stop) =>
        await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, Json.Options, stop);

    // An upload takes as long as its sender does, and its rows are read as they are needed.
    private static void AllowLongBody(HttpContext http)
    {
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        http.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        if (http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>()
            is { } rate)
            rate.MinDataRate = null;
    }

    private static async Task Drain(Stream body, CancellationToken stop)
    {
        try
        {
            await body.CopyToAsync(Stream.Null, stop);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The sender disconnected, or the worker stops.
        }
    }

    private static ProblemException Problem(Exception e) => e switch
    {
        RefusedException refused => new ProblemException(StatusOf(refused.Code), refused.Message)
        {
            Code = JsonNamingPolicy.KebabCaseLower.ConvertName(refused.Code.ToString()),
        },
        UsageException or FormatException => new ProblemException(422, e.Message) { Code = "invalid" },
        JsonException or BadHttpRequestException => new ProblemException(
            400, "The request was not understood; is this the same version of proactive-care?") { Code = "invalid" },
        _ => new ProblemException(500, Failures.InWords(e)) { Code = "failed" },
    };

    private static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.NotAllowed => 403,
        RefusalCode.NotFound => 404,
        RefusalCode.Conflict => 409,
        _ => 422,
    };
}
