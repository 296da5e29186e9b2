using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker.Ingest;

public sealed class StopTests
{
    private const int Rounds = 5;

    [Fact]
    public async Task Stopping_worker_answers_an_unfinished_body_with_a_retry_time()
    {
        var office = new PostOffice();
        await office.InitializeAsync();
        using var socket = await office.Connect();
        await socket.SendAsync(office.Head("Content-Length: 100000\r\n"));
        await socket.SendAsync(new byte[5_000]);
        var answer = PostOffice.All(socket);
        await Task.Delay(200);
        var stopped = office.Stop();
        Assert.StartsWith("HTTP/1.1 503 ", await answer);
        Assert.Contains("Retry-After: 5", await answer);
        Assert.Equal(0, (await stopped).Code);
        await office.DisposeAsync();
    }

    [Fact]
    public async Task Acknowledged_rows_survive_a_killed_worker()
    {
        using var desk = new Desk { OsUser = OsUsers.Current };
        var port = PostOffice.FreePort();
        desk.File("appsettings.json", $$"""{ "Http": { "Urls": "http://127.0.0.1:{{port}}" } }""");
        desk.Run("db init");
        var key = desk.Run("producers add player --json").Json.GetProperty("key").GetString()!;
        var acknowledged = new ConcurrentDictionary<string, int>();
        for (var round = 0; round < Rounds; round++)
        {
            using var process = Start(desk);
            await RunningWorker.Until(() => process.HasExited || desk.Run("health").Code == 0);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            var posting = Enumerable.Range(0, 4).Select(i => Post(client, $"{round}-{i}", acknowledged)).ToList();
            await RunningWorker.Until(() => acknowledged.Count > 400 * (round + 1));
            process.Kill();
            await process.WaitForExitAsync();
            await Task.WhenAll(posting);
        }
        using var store = Store.OpenReadOnly(desk.Folder);
        var stored = store.Read(db => db.Query<string>("SELECT contact_id FROM contact").ToHashSet());
        Assert.Empty(acknowledged.Keys.Except(stored));
        Assert.Equal(
            stored.Count,
            store.Read(db => db.ExecuteScalar<long>("SELECT sum(stored) FROM import WHERE posted_hour IS NOT NULL")));
        // On PostgreSQL the newest may still wait for their numbers, which any other worker gives them.
        if (!store.IsShared) Assert.Equal(stored.Count, store.Read(Arrivals.Latest));
    }

    private static async Task Post(HttpClient client, string prefix, ConcurrentDictionary<string, int> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var ids = Enumerable.Range(0, i % 7 == 0 ? 300 : 1).Select(j => $"{prefix}-{i}-{j}").ToList();
                using var body = new StringContent(
                    string.Concat(ids.Select(id => PostOffice.Contact(id))), Encoding.UTF8, "application/x-ndjson");
                using var answer = await client.PostAsync("/telemetry/contacts", body);
                if (answer.StatusCode != HttpStatusCode.OK) continue;
                foreach (var id in ids) acknowledged[id] = i;
            }
        }
        catch (HttpRequestException)
        {
            // The worker was killed.
        }
    }

    private static Process Start(Desk desk)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "proactive-care.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, "run"])
        {
            WorkingDirectory = desk.Path,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        process.BeginOutputReadLine();
        return process;
    }
}
