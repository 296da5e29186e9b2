using System.Text.Json;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Queries the readiness of the worker.</summary>
internal sealed class HealthAsk() : Verb(
    "health", "Asks the worker whether it is ready; for a container's health check.", "proactive-care health")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    protected override async Task<int> Do(Session session)
    {
        if (session.Settings.Urls.Count == 0)
            throw new UsageException(
                "The worker answers no HTTP (Http:Urls is none), so that its health cannot be asked.");
        var url = new Uri(Reachable(session.Settings.Urls[0]), "health/ready");
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var response = await client.GetAsync(url, session.Cancellation);
            var text = await response.Content.ReadAsStringAsync(session.Cancellation);
            using var answer = JsonDocument.Parse(text);
            session.Answer(answer.RootElement, to => Tell(to, answer.RootElement));
            return response.IsSuccessStatusCode ? Failures.Done : Failures.No;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException)
        {
            session.Answer(
                new { status = "unreachable", url, problem = e.Message },
                to => to.Line($"No worker answers at {url}: {e.Message}"));
            return Failures.No;
        }
    }

    // A worker that listens on all addresses is queried on this machine.
    private static Uri Reachable(Uri url) =>
        url.Host is "0.0.0.0" or "[::]" or "*" or "+" ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri : url;

    private static void Tell(Terminal to, JsonElement answer)
    {
        to.Line($"The worker is {answer.GetProperty("status").GetString()}.");
        var setAside = answer.GetProperty("setAside");
        if (setAside.ValueKind == JsonValueKind.Number && setAside.GetInt64() is > 0 and var count)
            to.Line($"{Phrases.Count(count, "row")} set aside. See why: proactive-care quarantine list");
        var checks = answer.GetProperty("checks").EnumerateArray();
        foreach (var check in checks.Where(c => !c.GetProperty("ok").GetBoolean()))
            to.Line($"  {check.GetProperty("name").GetString()}: {check.GetProperty("problem").GetString()}");
    }
}
