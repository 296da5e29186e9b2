using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Health;

/// <summary>Liveness and readiness; the responses name each problem.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        app.MapGet("/health/ready", (ProactiveCareSettings settings, HealthRegistry health) =>
        {
            var required = health.Required;
            var ready = required.All(part => part.Ok);
            var checks = required.Concat(health.All).Select(part => new { part.Name, part.Ok, part.Problem });
            return Results.Json(
                new { status = ready ? "ready" : "not ready", node = settings.Node, checks },
                statusCode: ready ? 200 : 503);
        });
    }
}
