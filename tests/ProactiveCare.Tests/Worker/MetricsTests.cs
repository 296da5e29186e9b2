using System.Diagnostics;
using System.Net;
using ProactiveCare.Tests.Worker.Ingest;

namespace ProactiveCare.Tests.Worker;

public sealed class MetricsTests(PostOffice office) : IClassFixture<PostOffice>
{
    [Fact]
    public async Task Metrics_count_what_was_done_and_promtool_accepts_them()
    {
        Assert.Equal(200, (await office.Post("contacts", PostOffice.Contact("m1") + PostOffice.Contact("m2"))).Status);
        var metrics = (await Get()).Text;
        Assert.Contains("""proactive_care_telemetry_rows_total{otel_scope_name="ProactiveCare.Telemetry",""", metrics);
        Assert.Matches("""proactive_care_telemetry_rows_total\{.*kind="contacts",outcome="stored"\} [2-9]""", metrics);
        Assert.Contains("quartz_trigger_acquisition_duration_seconds", metrics);
        Assert.Contains("db_client_operation_duration_seconds_bucket", metrics);
        Assert.Equal("", await Promtool(metrics));
    }

    [Fact]
    public async Task Key_with_the_role_viewer_reads_metrics_from_elsewhere_and_posts_nothing()
    {
        var added = await office.Desk.Type("producers add prometheus --role viewer --json");
        var key = added.Json.GetProperty("key").GetString()!;
        (string, string) elsewhere = ("X-Forwarded-For", "192.0.2.7");
        Assert.Equal(200, (await Get(elsewhere, ("Authorization", "Bearer " + key))).Status);
        Assert.Equal(404, (await Get(elsewhere, ("Authorization", "Bearer " + office.Key))).Status);
        using var post = new HttpRequestMessage(
            HttpMethod.Post, $"http://{IPAddress.Loopback}:{office.Port}/telemetry/contacts");
        post.Headers.Add("Authorization", "Bearer " + key);
        Assert.Equal(403, (await office.Send(post)).Status);
    }

    [Fact]
    public async Task Metrics_are_not_shown_through_a_proxy()
    {
        Assert.Equal(404, (await Get(("X-Forwarded-For", "192.0.2.7"))).Status);
        Assert.Equal(404, (await Get(("Forwarded", "for=192.0.2.7"))).Status);
    }

    private async Task<Answered> Get(params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get,
            $"http://{IPAddress.Loopback}:{office.Port}/metrics");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await office.Send(request);
    }

    // Its complaints, one a line.
    private static async Task<string> Promtool(string metrics)
    {
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var complaints = promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await promtool.StandardInput.WriteAsync(metrics);
        promtool.StandardInput.Close();
        return await complaints;
    }
}
