using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Logging.Console;
using ProactiveCare.Outcomes;
using ProactiveCare.Worker.Cli;
using ProactiveCare.Worker.Http.Control;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Http.Ingest;
using ProactiveCare.Worker.Http.Metrics;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The long-running worker: everything that goes on beside each other, started and stopped together.</summary>
internal static class WorkerHost
{
    public static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(30);

    public static WebApplication Build(Hosted hosted, WorkerLoops loops, TimeProvider time, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "proactive-care" });
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton(time).AddSingleton(hosted).AddSingleton(hosted.Settings).AddSingleton(loops);
        builder.Services.AddSingleton(hosted.Store).AddSingleton<HealthRegistry>().AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeToStop);
        Listen(builder, hosted.Settings);
        IngestEndpoints.Add(builder.Services, hosted.Settings.Ingest);
        MetricsEndpoint.Add(builder.Services, hosted.Settings);
        builder.Services.AddSingleton(_ => new BacklogMetrics(hosted.Store, hosted.Product.Book, time));
        QuartzStore.Add(builder.Services, hosted.Settings, time);
        // In this order: commits first, then the jobs and what they cause, and other people's commands last.
        Add<PumpThread>(builder.Services);
        Add<FolderWatch>(builder.Services);
        Add<JobTriggers>(builder.Services);
        foreach (var chore in loops.Tasks)
            builder.Services.AddSingleton<IHostedService>(
                all => ActivatorUtilities.CreateInstance<PeriodicService>(all, chore));
        if (loops.Summarise is not null) Add<DailySummary>(builder.Services);
        Add<ControlServer>(builder.Services);
        var app = builder.Build();
        app.UseRouting();
        _ = app.Services.GetRequiredService<BacklogMetrics>();
        MetricsEndpoint.Map(app);
        HealthEndpoints.Map(app);
        IngestEndpoints.Map(app);
        return app;
    }

    private static void Add<T>(IServiceCollection services) where T : class, IHostedService =>
        services.AddSingleton<T>().AddSingleton<IHostedService>(all => all.GetRequiredService<T>());

    /// <summary>One line on the console for each thing worth knowing.</summary>
    public static ILoggerFactory Logs(ProactiveCareSettings settings) => LoggerFactory.Create(logging =>
    {
        logging.AddConsole(options => options.FormatterName = PlainLines.Formatter)
            .AddConsoleFormatter<PlainLines, ConsoleFormatterOptions>();
        logging.AddFilter("Quartz", LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning);
        // What goes wrong with one connection is answered where it can be, and nothing that an operator could mend.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical);
        // What keeps the worker from starting is told in its own words.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddConfiguration(settings.Given.GetSection("Logging"));
    });

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
            IngestLimits.Set(options.Limits);
        });
    }
}
