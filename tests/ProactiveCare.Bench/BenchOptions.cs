using System.Globalization;

namespace ProactiveCare.Bench;

/// <summary>The parts to measure and their amounts of data.</summary>
internal sealed record BenchOptions
{
    public static readonly IReadOnlyList<string> All =
        ["import", "scan", "findings", "mail", "history", "cron", "nodes", "refunds"];

    public IReadOnlyList<string> Parts { get; private init; } = All;

    /// <summary>Sessions of the import and the scan.</summary>
    public int Rows { get; private init; } = 400_000;

    public int Findings { get; private init; } = 20_000;

    public int Mails { get; private init; } = 5_000;

    /// <summary>Sessions that are stored at 1x; there is a hundred times as much at 100x.</summary>
    public int History { get; private init; } = 20_000;

    /// <summary>Sessions of the day that the script of the cron part takes in.</summary>
    public int Day { get; private init; } = 50_000;

    /// <summary>Number of measurements of each side; the median is reported.</summary>
    public int Times { get; private init; } = 5;

    public string? Nodemailer { get; private init; }

    /// <summary>Connection string of the superuser of a throwaway PostgreSQL server.</summary>
    public string? Postgres { get; private init; }

    public static BenchOptions? Parse(IReadOnlyList<string> words)
    {
        var options = words.Contains("--quick")
            ? new BenchOptions { Rows = 40_000, Findings = 2_000, Mails = 500, History = 2_000, Day = 5_000, Times = 3 }
            : new BenchOptions();
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == "--quick") continue;
            if (i + 1 == words.Count || With(options, words[i], words[++i]) is not { } next)
            {
                Console.Error.WriteLine($"'{words[i]}' is not understood here; see scripts/bench --help.");
                return null;
            }
            options = next;
        }
        return options;
    }

    private static BenchOptions? With(BenchOptions options, string name, string value)
    {
        if (name == "--nodemailer") return options with { Nodemailer = value };
        if (name == "--postgres") return options with { Postgres = value };
        if (name == "--parts")
        {
            var parts = value.Split(',');
            return parts.Except(All).Any() ? null : options with { Parts = parts };
        }
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
            return null;
        return name switch
        {
            "--rows" => options with { Rows = number },
            "--findings" => options with { Findings = number },
            "--mails" => options with { Mails = number },
            "--history" => options with { History = number },
            "--day" => options with { Day = number },
            "--times" => options with { Times = number },
            _ => null,
        };
    }
}
