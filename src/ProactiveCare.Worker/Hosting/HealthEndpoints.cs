using ProactiveCare.Storage;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Whether the worker lives, and whether it can do its work; the answers name what is wrong.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        app.MapGet("/health/ready", (Hosted hosted, PumpThread pump, JobAlarms alarms, Vitals vitals) =>
        {
            Vital[] needed =
                [Database(hosted.Store), Running("writer", pump.Alive), Running("scheduler", alarms.Running)];
            var ready = needed.All(part => part.Ok);
            var checks = needed.Concat(vitals.All).Select(part => new { part.Name, part.Ok, part.Problem });
            return Results.Json(
                new { status = ready ? "ready" : "not ready", node = hosted.Settings.Node, checks },
                statusCode: ready ? 200 : 503);
        });
    }

    private static Vital Running(string name, bool ok) => new(name, ok, ok ? null : "is not running");

    private static Vital Database(Store store)
    {
        try
        {
            store.Read(db => db.State);
            return new Vital("database", store.Trouble is null, store.Trouble);
        }
        catch (Exception e)
        {
            return new Vital("database", false, e.Message);
        }
    }
}
