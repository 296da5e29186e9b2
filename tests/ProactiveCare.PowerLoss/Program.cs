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
return PowerCut.Run(given, normal, failing);

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Say(string what, int code)
{
    Console.WriteLine(what);
    return code;
}
