using System.Net;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ProactiveCare.Access;
using ProactiveCare.Worker.Http.Ingest;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Metrics;

/// <summary>
/// <c>GET /metrics</c> in Prometheus' text format, and metrics and traces over OTLP where the usual
/// <c>OTEL_EXPORTER_OTLP_*</c> variables name a collector.
/// </summary>
internal static class MetricsEndpoint
{
    private const string Path = "/metrics";

    // Listed explicitly: all meters of the process would be many times as many.
    private static readonly string[] Meters =
        [Instruments.Prefix + "*", "Quartz", "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Hosting"];

    private static readonly string[] Sources = [Instruments.Prefix + "*", "Quartz", "Npgsql"];

    public static void Add(IServiceCollection services, ProactiveCareSettings settings)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                "proactive-care", serviceInstanceId: settings.Node, serviceVersion: Version))
            .WithMetrics(metrics => metrics
                .AddMeter(Meters)
                // Prometheus reserves this suffix for histograms.
                .AddView("*.count", MetricStreamConfiguration.Drop)
                .AddPrometheusExporter(exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0))
            .WithTracing(traces => traces.AddSource(Sources).AddAspNetCoreInstrumentation());
        if (Environment.GetEnvironmentVariables().Keys.OfType<string>()
            .Any(name => name.StartsWith("OTEL_EXPORTER_OTLP_", StringComparison.Ordinal)))
            telemetry.UseOtlpExporter();
    }

    public static void Map(WebApplication app)
    {
        var keys = app.Services.GetRequiredService<ApiKeyCache>();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(
            http => http.Request.Path == Path && (IsLocal(http) || IsViewer(keys, http)));
    }

    private static string Version => typeof(MetricsEndpoint).Assembly.GetName().Version!.ToString(3);

    private static bool IsViewer(ApiKeyCache keys, HttpContext http)
    {
        try
        {
            return keys.Find(http.Request.Headers.Authorization).Role == KeyRole.Viewer;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    // The worker's Unix socket has no address. Behind a proxy on this machine every client looks local.
    private static bool IsLocal(HttpContext http) =>
        (http.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
        && !http.Request.Headers.ContainsKey("X-Forwarded-For") && !http.Request.Headers.ContainsKey("Forwarded");
}
