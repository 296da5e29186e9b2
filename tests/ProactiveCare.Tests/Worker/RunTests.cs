using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker;

public sealed class RunTests : IDisposable
{
    private readonly Desk desk = new() { OsUser = OsUsers.Current };

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Worker_reports_its_node_answers_its_health_and_stops_in_order()
    {
        var port = FreePort();
        desk.File(
            "appsettings.json",
            $$"""
            { "Company": { "Name": "Kino" }, "Node": "east-1", "Http": { "Urls": "http://127.0.0.1:{{port}}" } }
            """);
        desk.Run("db init");
        using var worker = await RunningWorker.Start(desk);
        await RunningWorker.Until(() => desk.Run("health").Code == 0);
        var health = await desk.Type("health --json");
        Assert.Equal(0, health.Code);
        Assert.Equal("ready", health.Json.GetProperty("status").GetString());
        Assert.Equal("east-1", health.Json.GetProperty("node").GetString());
        Assert.Contains("database", health.Out);
        using (var client = new HttpClient())
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://127.0.0.1:{port}/health/live")).StatusCode);
        var told = await worker.Stop();
        Assert.Equal(0, told.Code);
        Assert.Contains("The worker of Kino runs.", told.Out);
        Assert.Contains("node     east-1", told.Out);
        Assert.Contains(desk.Folder.Path, told.Out);
        Assert.Contains(".eml files", told.Out);
        Assert.Contains("Nothing is detected until there is one", told.Out);
        Assert.EndsWith("is on disk.\n", told.Out);
        Assert.False(desk.Folder.IsHeld());
        Assert.False(File.Exists(desk.Folder.Socket));
        Assert.Equal(1, (await desk.Type("health")).Code);
    }

    [Fact]
    public async Task Address_in_use_is_refused_with_advice()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        desk.File(
            "appsettings.json",
            $$"""{ "Http": { "Urls": "http://127.0.0.1:{{((IPEndPoint)taken.LocalEndpoint).Port}}" } }""");
        desk.Run("db init");
        var told = await desk.Type("run");
        Assert.Equal(2, told.Code);
        Assert.Contains("Set Http:Urls", told.Error);
        Assert.False(desk.Folder.IsHeld());
    }

    [Fact]
    public async Task Socket_of_a_killed_worker_is_ignored()
    {
        TestDatabase.SkipUnlessFile();
        desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        desk.Run("db init");
        using (var process = StartProcess())
        {
            await RunningWorker.Until(() => File.Exists(desk.Folder.Socket));
            Assert.Equal(0, (await desk.Type("users add one --role finance")).Code);
            process.Kill();
            await process.WaitForExitAsync();
        }
        Assert.True(File.Exists(desk.Folder.Socket));
        Assert.Equal(0, (await desk.Type("users add two --role finance")).Code);
        using var worker = await RunningWorker.Start(desk);
        await RunningWorker.Until(() => desk.Folder.IsHeld());
        Assert.Equal(0, (await desk.Type("users add three --role finance")).Code);
        await worker.Stop();
        Assert.Equal(4, desk.Run("users list --json").Json.GetArrayLength());
    }

    [Fact]
    public async Task Terminated_worker_exits_with_zero()
    {
        TestDatabase.SkipUnlessFile();
        desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        desk.Run("db init");
        using var process = StartProcess();
        await RunningWorker.Until(() => File.Exists(desk.Folder.Socket));
        using var kill = Process.Start(
            "kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.False(File.Exists(desk.Folder.Socket));
    }

    private Process StartProcess()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "proactive-care.dll");
        var start = new ProcessStartInfo("dotnet", [program, "run"]) 
        {
            WorkingDirectory = desk.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
