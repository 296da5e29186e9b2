using System.Text;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Tests.Jobs;

/// <summary>A job with every key of a SQL job that gives money; tests alter one place at a time.</summary>
internal static class SampleJob
{
    public const string Yaml =
        """
        id: sample
        description: A sample.
        owner: team@example.com
        entitlement: goodwill
        schedule:
          cron: 0 0/5 * * * ?
          timeZone: Europe/Berlin
          catchUp: 24h
          expectEvery: 15m
        detect:
          sql: detect.sql
          source: telemetry
          settle: 30m
          look: 14d
          parameters: { score: 55, ratio: 5%, longest: 60s, half: 0.5, word: "55", flag: true }
          rowCap: 1000
          timeout: 30s
        remedy:
          refund: { of: purchase, share: 50%, atMost: [20.00 USD, 2000 JPY] }
          otherwise: { credit: 1.00 USD }
        exclude:
          status: [closed]
          plan: [employee, test]
          purchaseKind: gift
        limits:
          perCustomer: { count: 3, in: 90d }
          budget: { amount: [2500.00 USD], per: day }
          approval: { above: [25.00 USD], decideWithin: 4h }
        notice: { topic: playback, urgency: normal }
        rollout: { mode: live, holdOut: 2.5%, makeGood: 7d }

        """;

    public const string HazardYaml =
        """
        id: hazard
        description: A sample.
        owner: team@example.com
        entitlement: goodwill
        schedule: { cron: 0 0/5 * * * ?, timeZone: UTC, expectEvery: 30m }
        detect:
          hazard: { events: [Ice Storm Warning], severities: [Severe, Extreme] }
        remedy: { notice: only }
        notice: { topic: weather-safety, urgency: urgent }
        rollout: { mode: live }

        """;

    public const string Sql =
        "SELECT @score, @ratio, @longest, @half, @word, @flag, '@text' -- @comment\nFROM session WHERE arrival >@after";

    public static JobFolder Folder(string yaml = Yaml, params (string Name, string? Text)[] files)
    {
        var all = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["job.yaml"] = Encoding.UTF8.GetBytes(yaml),
            ["detect.sql"] = Encoding.UTF8.GetBytes(Sql),
            ["notice.en.md"] = "Subject: a\n\nb\n"u8.ToArray(),
            ["notice.en.held.md"] = "Subject: a\n\nb\n"u8.ToArray(),
        };
        foreach (var (name, text) in files)
        {
            all.Remove(name);
            if (text is not null)
                all[name] = Encoding.UTF8.GetBytes(text);
        }

        return new JobFolder("sample", all);
    }

    public static JobLoad Load(string yaml, params (string Name, string? Text)[] files) =>
        new JobLoader(cron => cron.Contains("bad", StringComparison.Ordinal) ? "no such field" : null)
            .Load(Folder(yaml, files));

    /// <summary>The only problem that a change of the sample makes.</summary>
    public static JobProblem Problem(string from, string to)
    {
        Assert.Contains(from, Yaml, StringComparison.Ordinal);
        var load = Load(Yaml.Replace(from, to, StringComparison.Ordinal));
        Assert.Null(load.Job);
        Assert.True(load.Problems.Count == 1, string.Join('\n', load.Problems));
        return load.Problems[0];
    }
}
