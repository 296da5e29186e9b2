using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ProactiveCare.Outcomes;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http;
using ProactiveCare.Worker.Http.Api;
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
    public static WebApplication Build(WorkerTasks tasks, TimeProvider time, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "proactive-care" });
        var (services, settings) = (builder.Services, tasks.Settings);
        services.AddSingleton(logs).AddSingleton(time).AddSingleton(settings).AddSingleton(tasks.Services)
            .AddSingleton(tasks.Services.Store).AddSingleton(tasks).AddSingleton(tasks.Jobs)
            .AddSingleton<HealthRegistry>().AddSingleton<RefusalLog>().AddRoutingCore();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeToStop);
        Listen(builder, settings, tasks.Services.Store.Folder);
        IngestEndpoints.Add(services, settings.Ingest);
        MetricsEndpoint.Add(services, settings);
        services.AddSingleton(_ => new BacklogMetrics(tasks.Services.Store, tasks.Services.Book, time));
        QuartzStore.Add(services, settings, time);
        // The order of start: commits first, then the jobs and the tasks that follow them. The server, which the host
        // adds last, listens when all of them have started.
        Add<PumpThread>(services);
        Add<FolderWatch>(services);
        Add<JobTriggers>(services);
        foreach (var task in tasks.Periodic)
            services.AddSingleton<IHostedService>(
                all => ActivatorUtilities.CreateInstance<PeriodicService>(all, task));
        Add<DailySummary>(services);
        services.AddSingleton(SystemdNotifications.OfThisProcess());
        Add<SystemdWatchdog>(services);
        var app = builder.Build();
        app.UseRouting();
        Require(app.Services);
        _ = app.Services.GetRequiredService<BacklogMetrics>();
        MetricsEndpoint.Map(app);
        HealthEndpoints.Map(app);
        IngestEndpoints.Map(app);
        ApiEndpoints.Map(app);
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

    private static void Listen(WebApplicationBuilder builder, ProactiveCareSettings settings, DataFolder folder)
    {
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<SocketTransportOptions>(ApiDoor.Bind);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            IngestEndpoints.Limit(options.Limits);
            foreach (var url in settings.Urls) Listen(options, url);
            ApiDoor.Listen(options, folder);
        });
    }

    // A name other than localhost stands for all addresses.
    private static void Listen(KestrelServerOptions options, Uri url)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)) options.Listen(address, url.Port);
        else if (url.Host == "localhost") options.ListenLocalhost(url.Port);
        else options.ListenAnyIP(url.Port);
    }
}
