using System.Globalization;
using ProactiveCare.PowerLoss;

const string Usage =
    """
    scripts/power-loss [--images N] [--seed N] [--hours N] [--customers N] [--failing] [--normal]

    Lives some hours of a small company (imports, runs, refund files, account credits, mails, seals, backups,
    restarts) in a process under strace, then cuts the power at N moments: what was synced is there, and every later
    write and change of names is there, absent or torn. Each image is opened by the product and examined: nothing
    acknowledged lost, nothing paid or sent twice, I1 to I7. In one of eight the company goes on to the end.

      --images N      how many moments (default 10000)
      --seed N        draws the same moments again (default 1)
      --hours N       hours of the recorded day (default 4)
      --customers N   new customers an hour (default 60)
      --failing       lets one fsync in 37 of the recorded day fail
      --normal        drops the log's sync at each commit, as synchronous = NORMAL does: must lose

    Exit code 0: nothing is wrong in any image (with --normal: something acknowledged is lost). 1: otherwise.
    """;

if (args is ["record", var root, var hourCount, var customerCount])
{
    Recording.Live(root, Recording.Day(Number(hourCount), Number(customerCount)));
    return 0;
}
if (args is [("full" or "closed") and var fault, var disk])
{
    var day = Recording.Day(hours: 6, customers: 12);
    foreach (var line in fault == "full" ? DiskFaults.Full(disk, day) : DiskFaults.Closed(disk, day))
        Console.WriteLine(line);
    return Say("through", 0);
}
var given = new Dictionary<string, int> { ["images"] = 10_000, ["seed"] = 1, ["hours"] = 4, ["customers"] = 60 };
var (normal, failing) = (false, false);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--normal") normal = true;
    else if (args[i] == "--failing") failing = true;
    else if (args[i] is "--help" or "-h") return Say(Usage, 0);
    else if (given.ContainsKey(args[i].TrimStart('-')) && i + 1 < args.Length
        && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var value))
        given[args[i++].TrimStart('-')] = value;
    else return Say(Usage, 2);
}
var hours = Recording.Day(given["hours"], given["customers"]);
var recording = Recording.Of(hours, failing ? Recording.FailingSync : null);
Console.Error.WriteLine($"Recorded {recording.Ops.Count:N0} operations: {recording.Ops.OfType<Write>().Count():N0} "
    + $"writes, {recording.Ops.Count(op => op is SyncFile or SyncFolder):N0} syncs, "
    + $"{recording.Ops.OfType<Naming>().Count():N0} changes of names; {recording.Mails.Count:N0} mails.");
var watch = System.Diagnostics.Stopwatch.StartNew();
var outcome = Rounds.Run(
    recording, hours, new Plan(given["images"], given["seed"], AsNormal: normal), sofar =>
    {
        if (sofar.Images % 250 == 0)
            Console.Error.WriteLine($"{sofar.Images:N0} images, {sofar.Wrong:N0} wrong, {watch.Elapsed:mm\\:ss}");
    });
foreach (var kind in outcome.Problems.CountBy(What).OrderByDescending(kind => kind.Value).Take(20))
    Console.WriteLine($"{kind.Value,6}  {kind.Key}");
foreach (var problem in outcome.Problems.Take(10)) Console.WriteLine(problem);
Console.WriteLine(
    $"{outcome.Images:N0} images, {outcome.WentOn:N0} of them lived on; {outcome.Lost:N0} lost what was acknowledged, "
    + $"{outcome.Wrong:N0} are wrong in any way, {outcome.Uncertain:N0} mails were uncertain; "
    + $"{watch.Elapsed.TotalMinutes:0.0} minutes.");
return (normal ? outcome.Lost > 0 : outcome.Wrong == 0) ? 0 : 1;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

// Problems of one kind differ in their figures.
static string What(string problem) => string.Concat(
    problem[(problem.IndexOf(':', StringComparison.Ordinal) + 2)..].Select(c => char.IsAsciiDigit(c) ? '#' : c));

static int Say(string what, int code)
{
    Console.WriteLine(what);
    return code;
}
