using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Console;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Http.Health;
using ProactiveCare.Worker.Http.Ingest;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The long-running worker: everything that goes on beside each other, started and stopped together.</summary>
internal static class WorkerHost
{
    public static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(30);

    public static WebApplication Build(
        CareServices care, ProactiveCareSettings settings, WorkerLoops loops, TimeProvider time, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "proactive-care" });
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton(time).AddSingleton(care).AddSingleton(settings).AddSingleton(loops);
        builder.Services.AddSingleton(care.Store).AddSingleton<HealthRegistry>().AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeToStop);
        Listen(builder, settings, care.Store.Folder);
        IngestEndpoints.Add(builder.Services, settings.Ingest);
        QuartzStore.Add(builder.Services, settings, time);
        // In this order: commits first, then the jobs and what they cause; the server, which is added last, listens
        // when all of them have begun.
        Add<PumpThread>(builder.Services);
        Add<FolderWatch>(builder.Services);
        Add<JobTriggers>(builder.Services);
        foreach (var chore in loops.Tasks)
            builder.Services.AddSingleton<IHostedService>(
                all => ActivatorUtilities.CreateInstance<PeriodicService>(all, chore));
        if (loops.Summarise is not null) Add<DailySummary>(builder.Services);
        var app = builder.Build();
        app.UseRouting();
        HealthEndpoints.Map(app);
        IngestEndpoints.Map(app);
        ApiEndpoints.Map(app, loops.Wake);
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

    private static void Listen(WebApplicationBuilder builder, ProactiveCareSettings settings, DataFolder folder)
    {
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<SocketTransportOptions>(ApiDoor.Bind);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            IngestLimits.Set(options.Limits);
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
