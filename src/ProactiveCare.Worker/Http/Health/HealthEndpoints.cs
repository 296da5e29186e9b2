using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Http.Health;

/// <summary>Whether the worker lives, and whether it can do its work; the answers name what is wrong.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        app.MapGet("/health/ready", (CareServices care, ProactiveCareSettings settings, PumpThread pump, JobTriggers alarms, HealthRegistry vitals) =>
        {
            PartHealth[] needed =
                [Database(care.Store), Running("writer", pump.Alive), Running("scheduler", alarms.Running)];
            var ready = needed.All(part => part.Ok);
            var checks = needed.Concat(vitals.All).Select(part => new { part.Name, part.Ok, part.Problem });
            return Results.Json(
                new { status = ready ? "ready" : "not ready", node = settings.Node, checks },
                statusCode: ready ? 200 : 503);
        });
    }

    private static PartHealth Running(string name, bool ok) => new(name, ok, ok ? null : "is not running");

    private static PartHealth Database(Store store)
    {
        try
        {
            store.Read(db => db.State);
            return new PartHealth("database", store.Trouble is null, store.Trouble);
        }
        catch (Exception e)
        {
            return new PartHealth("database", false, e.Message);
        }
    }
}
