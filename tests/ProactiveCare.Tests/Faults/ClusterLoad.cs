using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// The input of a cluster, in pieces of customers whose last digit gives their scenario: a film stalled, and
/// stalled with a purchase that is told late; a stall without a purchase; a good evening; a film that did not start.
/// Customers and purchases are imported by a command, sessions are posted to whichever node answers; each again until
/// it is acknowledged.
/// </summary>
internal sealed class ClusterLoad(Desk desk, IReadOnlyList<Uri> nodes, string key) : IDisposable
{
    private const int Customers = 20;
    private const string Purchases =
        "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref";

    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(4) };
    private readonly string evening = Time.Iso(TimeProvider.System.Now() - NodaTime.Duration.FromHours(3));
    private readonly string night = Time.Iso(TimeProvider.System.Now() - NodaTime.Duration.FromHours(2));
    private int turn;

    /// <summary>Customers whose rows were all acknowledged.</summary>
    public List<string> Acknowledged { get; } = [];

    /// <summary>The number of requests repeated after a refusal or no answer.</summary>
    public int Again { get; private set; }

    /// <summary>The expected credit of a customer: the job, the kind and the amount; null for none.</summary>
    public static (string Job, string Kind, long Minor)? Due(string customer) => customer[^1] switch
    {
        '0' or '1' or '5' or '6' => ("slow-video-stream", "refund", 499),
        '2' => ("slow-video-stream", "account-credit", 100),
        '4' or '8' => ("failed-video-start", "account-credit", 150),
        '7' => ("slow-video-stream", "refund", 499),
        _ => null,
    };

    /// <summary>Sends pieces until stopped; the last one is complete.</summary>
    public async Task Come(CancellationToken stop)
    {
        var late = "";
        for (var piece = 0; !stop.IsCancellationRequested; piece++)
        {
            var ids = Enumerable.Range(0, Customers)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"{piece}-{i}")).ToList();
            var sessions = string.Join('\n', ids.Select(Session)) + "\n";
            if (piece % 2 == 0) await Post(sessions);
            await Import("customers", "customer_id,email,name,locale,status,currency",
                ids.Select(id => $"c{id},c{id}@example.com,Cora,en-US,active,USD"));
            await Import("purchases", Purchases, ids.Where(id => id[^1] is not ('2' or '7')).Select(Purchase));
            if (piece % 2 == 1) await Post(sessions);
            Acknowledged.AddRange(ids.Select(id => "c" + id));
            if (late.Length > 0) await Import("purchases", Purchases, late.Split(' ').Select(Purchase));
            late = string.Join(' ', ids.Where(id => id[^1] == '7'));
        }
        await Import("purchases", Purchases, late.Split(' ').Select(Purchase));
    }

    public void Dispose() => client.Dispose();

    private string Purchase(string id) => $"p{id},c{id},rental,Arrival,4.99,USD,{evening},card-{id}";

    private string Session(string id)
    {
        var (watched, stalled, stalls, failed) = id[^1] switch
        {
            '3' or '9' => (5400, 0, 0, false),
            '4' or '8' => (0, 0, 0, true),
            _ => (1800, 180, 4, false),
        };
        return JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["session_id"] = "s" + id,
            ["customer_id"] = "c" + id,
            ["purchase_id"] = id[^1] == '2' ? "" : "p" + id,
            ["content_id"] = "m1",
            ["title"] = "Arrival",
            ["started_at"] = evening,
            ["ended_at"] = night,
            ["watch_seconds"] = watched,
            ["stall_seconds"] = stalled,
            ["stall_count"] = stalls,
            ["startup_failed"] = failed,
        });
    }

    private async Task Import(string kind, string header, IEnumerable<string> rows)
    {
        desk.File("in.csv", $"{header}\n{string.Join('\n', rows)}\n");
        while ((await desk.Type($"import {kind} in.csv")).Code != 0) await Rest();
    }

    private async Task Post(string rows)
    {
        while (!await TryPost(rows)) await Rest();
    }

    private async Task<bool> TryPost(string rows)
    {
        var node = nodes[turn++ % nodes.Count];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node, "telemetry/sessions"))
        {
            Content = new StringContent(rows, Encoding.UTF8, "application/x-ndjson"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            using var response = await client.SendAsync(request);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // The node is down or overloaded.
            return false;
        }
    }

    private Task Rest()
    {
        Again++;
        return Task.Delay(200);
    }
}
