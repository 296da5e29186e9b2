using System.Globalization;

namespace ProactiveCare.Soak;

/// <summary>The output of a soak: a line per hour, and the times and the verdict at its end.</summary>
internal sealed class Report(TextWriter to, int warmUp)
{
    private static readonly string[] Chores =
        ["import", "run", "releases", "settle", "watch", "deliver", "seal", "retention", "summary"];

    public void Head()
    {
        to.WriteLine("      │ came in the hour                  │ waits at its end                                    "
            + "       │ cpu    heap   rss     db    wal");
        to.WriteLine(" hour │ rows   cases credits  mails  bad  │   lag stagd waitg  fred  held unpaid   due later "
            + "unseald │   s      MB    MB     MB     MB");
    }

    public void Line(Hour hour)
    {
        var (came, waits, sizes) = (hour.Came, hour.Queues, hour.Sizes);
        to.WriteLine(Text($"{Number(hour)} │{came.Arrivals,5} {came.Cases,7} {came.Credits,7} {came.Notices,6} ")
            + Text($"{came.Quarantined,4}  │ {waits.Lag,5} {waits.Findings,5} {waits.Waiting,5} {waits.ForFred,5} ")
            + Text($"{waits.Held,5} {waits.Unpaid,6} {waits.Due,5} {waits.Later,5} {waits.Unsealed,7} │")
            + Text($"{hour.Cpu,6:0.00} {sizes.Heap / 1e6,5:0.0} {sizes.Resident / 1e6,5:0} ")
            + Text($"{sizes.Database / 1e6,6:0} {sizes.Wal / 1e6,6:0.0}"));
    }

    public void End(SoakResult result)
    {
        Times(result.Hours);
        var verdict = new Verdict([.. result.Hours.Skip(warmUp)]);
        Checks("Queues, and the work of SQLite (instructions of its virtual machine)", verdict.Facts());
        Checks("Memory, files, processor", verdict.Sizes());
        Checks("Time on the wall", verdict.Times());
        to.WriteLine();
        to.WriteLine("The statements that work most, in the last hour (instructions, and how often):");
        foreach (var work in result.Hours[^1].Statements.OrderByDescending(w => w.Steps).Take(8))
            to.WriteLine(Text($"{work.Steps,12:N0} {work.Executions,7:N0}  {Verdict.Short(work.Sql)}"));
        to.WriteLine();
        to.WriteLine(Text($"Books: {result.Books.Entries} entries, {result.Books.Sealed} sealed, ")
            + Text($"{result.Books.Problems.Count} problems. Replay: {result.Replayed} decisions, ")
            + Text($"{result.Mismatches} of them came out otherwise."));
        foreach (var trouble in result.Troubles.Distinct(StringComparer.Ordinal).Take(10))
            to.WriteLine($"Trouble: {trouble}");
        to.WriteLine(Holds(result, warmUp)
            ? "Verdict: flat."
            : "Verdict: NOT flat, see the lines that begin with !!");
    }

    /// <summary>Whether everything holds.</summary>
    public static bool Holds(SoakResult result, int warmUp)
    {
        var verdict = new Verdict([.. result.Hours.Skip(warmUp)]);
        return IsSound(result) && verdict.Facts().Concat(verdict.Sizes()).Concat(verdict.Times()).All(c => c.Holds);
    }

    /// <summary>Whether the books are right, every decision replays, and nothing was in trouble.</summary>
    public static bool IsSound(SoakResult result) =>
        result.Books.Problems.Count == 0 && result.Mismatches == 0 && result.Troubles.Count == 0;

    private void Times(IReadOnlyList<Hour> hours)
    {
        to.WriteLine();
        to.WriteLine("Milliseconds on the wall that half and 99 of 100 steps of a chore took at most:");
        to.WriteLine(" hour │ " + string.Join(' ', Chores.Select(chore => $"{chore,14}")));
        foreach (var hour in hours)
        {
            to.WriteLine($"{Number(hour)} │ " + string.Join(' ', Chores.Select(chore =>
                hour.Chores.TryGetValue(chore, out var time) ? Text($"{time.Median,7:0.00} {time.P99,6:0.0}") : "")));
        }
    }

    private void Checks(string title, IEnumerable<Check> checks)
    {
        to.WriteLine();
        to.WriteLine($"{title}: first quarter, last quarter, at most");
        foreach (var check in checks)
        {
            to.WriteLine(Text($"{(check.Holds ? "  " : "!!")} {check.First,12:#,0.##} {check.Last,12:#,0.##} ")
                + Text($"{check.Bound,12:#,0.##}  {check.What}"));
        }
    }

    private string Number(Hour hour) => hour.Number <= warmUp ? Text($"({hour.Number,3})") : Text($"{hour.Number,4} ");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
