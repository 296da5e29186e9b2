namespace ProactiveCare.PowerLoss;

/// <summary>Records a day, cuts the power at the requested number of moments, and reports the problems.</summary>
internal static class PowerCut
{
    public static int Run(Dictionary<string, int> given, bool normal, bool failing)
    {
        var hours = Recording.Day(given["hours"], given["customers"]);
        var recording = Recording.Of(hours, failing ? Recording.FailingSync : null);
        Console.Error.WriteLine($"Recorded {recording.Ops.Count:N0} operations: "
            + $"{recording.Ops.OfType<Write>().Count():N0} writes, "
            + $"{recording.Ops.Count(op => op is SyncFile or SyncFolder):N0} syncs, "
            + $"{recording.Ops.OfType<Naming>().Count():N0} changes of names; {recording.Mails.Count:N0} mails.");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var outcome = Rounds.Run(
            recording, hours, new Plan(given["images"], given["seed"], AsNormal: normal), sofar =>
            {
                if (sofar.Images % 250 == 0)
                    Console.Error.WriteLine(
                        $"{sofar.Images:N0} images, {sofar.Wrong:N0} wrong, {watch.Elapsed:mm\\:ss}");
            });
        foreach (var kind in outcome.Problems.CountBy(What).OrderByDescending(kind => kind.Value).Take(20))
            Console.WriteLine($"{kind.Value,6}  {kind.Key}");
        foreach (var problem in outcome.Problems.Take(10)) Console.WriteLine(problem);
        Console.WriteLine(
            $"{outcome.Images:N0} images, {outcome.WentOn:N0} of them lived on; {outcome.Lost:N0} lost what was "
            + $"acknowledged, {outcome.Wrong:N0} are wrong in any way, {outcome.Uncertain:N0} mails were uncertain; "
            + $"{watch.Elapsed.TotalMinutes:0.0} minutes.");
        return (normal ? outcome.Lost > 0 : outcome.Wrong == 0) ? 0 : 1;
    }

    // Problems of one kind differ in their figures.
    private static string What(string problem) => string.Concat(
        problem[(problem.IndexOf(':', StringComparison.Ordinal) + 2)..].Select(c => char.IsAsciiDigit(c) ? '#' : c));
}
