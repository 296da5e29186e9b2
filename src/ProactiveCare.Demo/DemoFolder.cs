using System.Text.Json;
using System.Text.RegularExpressions;
using ProactiveCare.Storage;

namespace ProactiveCare.Demo;

/// <summary>The folder of a demo: it holds the whole simulated company, and the next demo replaces it.</summary>
internal static partial class DemoFolder
{
    public const string Default = "demo-data";

    private const string Mark = "this-is-a-demo.txt";
    private static readonly string[] Shipped = ["slow-video-stream", "failed-video-start", "weather-outage-alert"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Empties the folder and marks it as a demo's.</summary>
    /// <exception cref="DemoException">It contains other files than a demo's, or is in use.</exception>
    public static void Prepare(DataFolder folder)
    {
        var path = Path.GetFullPath(folder.Path);
        var mark = folder.Inside(Mark);
        if (File.Exists(path)) throw new DemoException($"{path} is a file; name a folder for the demo with --data.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            if (!File.Exists(mark))
                throw new DemoException($"{path} holds something that no demo made, so it is left alone. "
                    + "Name another folder for the demo with --data.");
            if (folder.IsHeld())
                throw new DemoException($"Another process is working in {path}: stop it first, or name another folder "
                    + "for the demo with --data.");
            // The mark is deleted last, so the remains of an interrupted demo are still recognised as a demo's.
            foreach (var inside in Directory.GetDirectories(path)) Directory.Delete(inside, recursive: true);
            foreach (var file in Directory.GetFiles(path).Where(file => file != mark)) File.Delete(file);
        }
        Directory.CreateDirectory(path);
        File.WriteAllText(mark,
            "A demo of ProactiveCare made everything in this folder, and the next one replaces it.\n");
    }

    /// <summary>Writes the company's jobs: the shipped ones, with its own numbers and exclusions.</summary>
    /// <exception cref="DemoException">The shipped jobs were not found.</exception>
    public static void WriteJobs(DataFolder folder, string shipped)
    {
        foreach (var job in Shipped)
        {
            var from = Path.Combine(shipped, job);
            if (!Directory.Exists(from))
                throw new DemoException(
                    $"The demo runs the jobs that come with ProactiveCare, and {from} is not there. "
                    + "Name the folder that holds them with --jobs.");
            var to = Directory.CreateDirectory(folder.Inside("jobs", job)).FullName;
            // The examples refer to the shipped numbers.
            foreach (var file in Directory.GetFiles(from).Select(f => Path.GetFileName(f)))
                if (!file.StartsWith("examples.", StringComparison.Ordinal))
                    File.WriteAllBytes(Path.Combine(to, file), File.ReadAllBytes(Path.Combine(from, file)));
            var yaml = Path.Combine(to, "job.yaml");
            var own = EveryTenMinutes(File.ReadAllText(yaml));
            if (job != "weather-outage-alert")
                own = WithOwnNumbers(own, job == "slow-video-stream" ? "150.00" : "1500.00");
            File.WriteAllText(yaml, own);
        }
    }

    /// <summary>Writes settings that make every other command work on this company.</summary>
    public static void WriteSettings(DataFolder folder) =>
        File.WriteAllText(folder.Inside("settings.json"), JsonSerializer.Serialize(
            new
            {
                Data = folder.Inside(),
                Jobs = new { Folder = folder.Inside("jobs"), Activation = "auto" },
                Company = new { Company.Name, TimeZone = Company.Zone.Id, ReplyTo = $"people@{Company.Domain}" },
                Notices = new { From = $"care@{Company.Domain}", Company.Domain },
            },
            Indented) + "\n");

    private static string EveryTenMinutes(string yaml) => Cron().Replace(yaml, "  cron: 0 ${minute}/10 * * * ?");

    private static string WithOwnNumbers(string yaml, string budget)
    {
        yaml = Refund().Replace(yaml,
            "  refund: { of: purchase, share: 100%, atMost: [40.00 USD, 40.00 EUR, 800.00 MXN] }");
        yaml = Otherwise().Replace(yaml, "  otherwise: { credit: [1.00 USD, 1.00 EUR, 20.00 MXN] }");
        yaml = Budget().Replace(yaml, $"  budget: {{ amount: [{budget} USD, {budget} EUR, 9000.00 MXN], per: day }}");
        yaml = Approval().Replace(yaml,
            "  approval: { above: [25.00 USD, 25.00 EUR, 500.00 MXN], decideWithin: 4h }");
        return yaml.TrimEnd() + "\nexclude: { status: [staff], plan: [press], purchaseKind: [voucher] }\n";
    }

    [GeneratedRegex(@"^  cron: 0 (?<minute>\d)/5 .*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Cron();

    [GeneratedRegex(@"^  refund:.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Refund();

    [GeneratedRegex(@"^  otherwise:.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Otherwise();

    [GeneratedRegex(@"^  budget:.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Budget();

    [GeneratedRegex(@"^  approval:.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Approval();
}
