using ProactiveCare.Storage;
using ProactiveCare.Worker.Scheduling;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Whether the worker lives, and whether it can do its work; the answers name what is wrong.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        app.MapGet("/health/ready", (Store store, PumpThread pump, JobAlarms alarms, Vitals vitals) =>
        {
            var needed = new[] { Database(store), Part("writer", pump.Alive, "is not running"), Part("scheduler", alarms.Running, "is not running") };
            var ready = needed.All(part => part.Ok);
            var checks = needed.Concat(vitals.All).Select(part => new { part.Name, part.Ok, part.Problem });
            return Results.Json(new { status = ready ? "ready" : "not ready", checks }, statusCode: ready ? 200 : 503);
        });
    }

    private static Vital Part(string name, bool ok, string otherwise) => new(name, ok, ok ? null : otherwise);

    private static Vital Database(Store store)
    {
        try
        {
            store.Read(db => db.State);
            return new Vital("database", true, null);
        }
        catch (Exception e)
        {
            return new Vital("database", false, e.Message);
        }
    }
}
