using Microsoft.AspNetCore.Connections;
using ProactiveCare.Notices;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Runs the worker.</summary>
internal sealed class WorkerRun() : Verb(
    "run",
    "Runs the worker until it is stopped. Over HTTP (setting Http:Urls) it answers GET /health/live and "
    + "/health/ready, and takes POST /telemetry/KIND from those whom 'producers add' gave a key.",
    "proactive-care run --data /srv/care")
{
    protected override async Task<int> Do(Session session)
    {
        if (session.HasGivenTime) throw new UsageException("The worker lives in the present: 'run' takes no --now.");
        if (!session.Folder.Exists)
        {
            foreach (var line in Banner.NothingHere(session.Settings)) session.Terminal.Complain(line);
            return Failures.WrongUse;
        }
        DatabaseCheck.RefusePooler(session.Folder);
        // Files in the data folder belong to this worker alone, even where the database is shared.
        using var held = session.Folder.LockBeside();
        using var store = Store.Open(session.Folder, session.Time);
        if (store.IsShared)
            await QuartzStore.RequireOwnName(store, session.Settings.Node, session.Time, session.Cancellation);
        await using var mail = NoticeSection.Transport(session.Settings.Notices, session.Time);
        var product = new CareServices(
            store, session.Settings.Product with { IsWorker = true }, mail, session.Time, session.Random);
        using var logs = PlainLines.Logs(session.Settings);
        using var tasks = new WorkerTasks(product, session.Settings, logs.CreateLogger("worker"));
        await using var app = WorkerHost.Build(tasks, session.Time, logs);
        try
        {
            await app.StartAsync(session.Cancellation);
            foreach (var line in Banner.Lines(session.Settings, tasks.Jobs.Clocks(), session.Time.Now()))
                session.Terminal.Line(line);
        }
        catch (Exception e)
        {
            // Stop the parts that started already: otherwise the scheduler would go on.
            await app.StopAsync(CancellationToken.None);
            if (e is not IOException { InnerException: AddressInUseException }) throw;
            throw new UsageException(
                $"{e.Message} Set Http:Urls (ProactiveCare__Http__Urls) to another address, or to none.", e);
        }
        session.Terminal.Out.Flush();
        await app.WaitForShutdownAsync(session.Cancellation);
        if (app.Services.GetRequiredService<HealthRegistry>().End is { } end) throw end;
        session.Terminal.Line("The worker has stopped; everything that was confirmed is on disk.");
        return Failures.Done;
    }
}
