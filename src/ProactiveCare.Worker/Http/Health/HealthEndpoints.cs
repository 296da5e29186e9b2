using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Health;

/// <summary>Liveness and readiness; the responses name each problem.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        app.MapGet("/health/ready", (
            ProactiveCareSettings settings, HealthRegistry health, Store store) =>
        {
            var required = health.Required;
            var ready = required.All(part => part.Ok);
            var checks = required.Concat(health.All).Select(part => new { part.Name, part.Ok, part.Problem });
            var setAside = SetAside(store);
            return Results.Json(
                new { status = ready ? "ready" : "not ready", node = settings.Node, setAside, checks },
                statusCode: ready ? 200 : 503);
        });
    }

    // Null while the database is away, which a check of its own says.
    private static long? SetAside(Store store)
    {
        try
        {
            return store.Read(Quarantine.Open);
        }
        catch (StorageException)
        {
            return null;
        }
    }
}
