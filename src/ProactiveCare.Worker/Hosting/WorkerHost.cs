using Microsoft.AspNetCore.Hosting.Server;
using ProactiveCare.Outcomes;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Http.Ingest;
using ProactiveCare.Worker.Http.Metrics;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The long-running worker: its services, started and stopped together.</summary>
internal static class WorkerHost
{
    public static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(30);

    /// <param name="tasks">The periodic tasks and triggered jobs, with the product that they are bound to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">The loggers.</param>
    /// <param name="commands">Adds the service that accepts commands.</param>
    public static WebApplication Build(
        WorkerTasks tasks, TimeProvider time, ILoggerFactory logs, Action<IServiceCollection>? commands = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "proactive-care" });
        var (services, settings) = (builder.Services, tasks.Settings);
        services.AddSingleton(logs).AddSingleton(time).AddSingleton(settings).AddSingleton(tasks.Services)
            .AddSingleton(tasks.Services.Store).AddSingleton(tasks).AddSingleton(tasks.Jobs)
            .AddSingleton<HealthRegistry>().AddSingleton<RefusalLog>().AddRoutingCore();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeToStop);
        Listen(builder, settings);
        IngestEndpoints.Add(services, settings.Ingest);
        MetricsEndpoint.Add(services, settings);
        services.AddSingleton(_ => new BacklogMetrics(tasks.Services.Store, tasks.Services.Book, time));
        QuartzStore.Add(services, settings, time);
        // The order of start: commits first, then the jobs and the tasks that follow them, and commands last.
        Add<PumpThread>(services);
        Add<FolderWatch>(services);
        Add<JobTriggers>(services);
        foreach (var task in tasks.Periodic)
            services.AddSingleton<IHostedService>(
                all => ActivatorUtilities.CreateInstance<PeriodicService>(all, task));
        Add<DailySummary>(services);
        services.AddSingleton(SystemdNotifications.OfThisProcess());
        Add<SystemdWatchdog>(services);
        commands?.Invoke(services);
        var app = builder.Build();
        app.UseRouting();
        Require(app.Services);
        _ = app.Services.GetRequiredService<BacklogMetrics>();
        MetricsEndpoint.Map(app);
        HealthEndpoints.Map(app);
        IngestEndpoints.Map(app);
        return app;
    }

    private static void Add<T>(IServiceCollection services) where T : class, IHostedService =>
        services.AddSingleton<T>().AddSingleton<IHostedService>(all => all.GetRequiredService<T>());

    // The worker is ready while these parts work.
    private static void Require(IServiceProvider all)
    {
        var (store, pump) = (all.GetRequiredService<Store>(), all.GetRequiredService<PumpThread>());
        var triggers = all.GetRequiredService<JobTriggers>();
        all.GetRequiredService<HealthRegistry>().Require(
            new("database", () =>
            {
                store.Read(db => db.State);
                return store.Trouble;
            }),
            new("writer", () => pump.Alive ? null : "is not running"),
            new("scheduler", () => triggers.Running ? null : "is not running"));
    }

    private static void Listen(WebApplicationBuilder builder, ProactiveCareSettings settings)
    {
        if (settings.Urls.Count == 0)
        {
            builder.Services.AddSingleton<IServer, NoServer>();
            return;
        }
        builder.WebHost.UseKestrelCore().UseUrls([.. settings.Urls.Select(url => url.ToString())]);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            IngestEndpoints.Limit(options.Limits);
        });
    }
}
