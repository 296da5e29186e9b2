using System.Globalization;
using System.Text.RegularExpressions;

namespace ProactiveCare.Bench;

/// <summary>
/// This commit's bench beside the bench of another commit, part by part and in turn: one table of the product's own
/// figures, new to old.
/// </summary>
internal static class Against
{
    public const string Verb = "against";

    private static readonly Figure[] Figures =
    [
        new("import", "^import of", 0.95),
        new("scan", "^detection scan", 0.95),
        new("findings", "credited to the account$", 0.95),
        new("findings", "refunded through a file$", 0.95),
        new("cron", "script as one writes it$", 0.95),
        new("refunds", "decided as refunds on PostgreSQL", 0.95),
        new("refunds", "refunded on PostgreSQL", 1.3),
    ];

    /// <param name="arguments">
    /// The other commit; its bench; its bench for the part "refunds", empty where that does not build; options.
    /// </param>
    public static async Task<int> Start(IReadOnlyList<string> arguments)
    {
        var (commit, bench, refunds) = (arguments[0], arguments[1], arguments[2]);
        if (BenchOptions.Parse([.. arguments.Skip(3)]) is not { } options) return 2;
        var given = WithoutParts(arguments.Skip(3));
        using (var room = new Room(options)) Console.WriteLine(Machine.Describe(room));
        var board = new Scoreboard("new", "old");
        foreach (var part in Figures.GroupBy(figure => figure.Part).Where(each => options.Parts.Contains(each.Key)))
        {
            await Console.Error.WriteLineAsync($"Measuring {part.Key} ...");
            var older = part.Key == "refunds" ? refunds : bench;
            var (now, then) = (new List<string>(), new List<string>());
            for (var round = 0; round < options.Times; round++)
            {
                now.Add(await Measure(Environment.ProcessPath!, ["--parts", part.Key, .. given]));
                if (older.Length == 0) continue;
                try
                {
                    then.Add(await Measure(older, older == bench ? ["--parts", part.Key, .. given] : given));
                }
                catch (InvalidOperationException e)
                {
                    await Console.Error.WriteLineAsync($"{part.Key} at {commit}: {e.Message}");
                    older = "";
                }
            }
            foreach (var figure in part) Compare(board, figure, commit, now, then);
        }
        board.Note($"Old is {commit}. Each figure is the median of {options.Times} rounds, each a process of its own "
            + "in which a first pass warms and a second one counts; new and old take turns.");
        Console.WriteLine(board);
        return 0;
    }

    private static void Compare(
        Scoreboard board, Figure figure, string commit, IEnumerable<string> now, IEnumerable<string> then)
    {
        var ours = now.Select(figure.In).ToList();
        var theirs = then.Select(figure.In).OfType<Reading>().ToList();
        if (ours.Any(reading => reading is null))
            throw new InvalidOperationException($"The part {figure.Part} has no row \"{figure.Row}\".");
        var (what, unit) = (ours[0]!.What, ours[0]!.Unit);
        var rate = Alternating.Median([.. ours.Select(reading => reading!.Rate)]);
        if (theirs.Count == ours.Count)
            board.Rates(what, rate, Alternating.Median([.. theirs.Select(row => row.Rate)]), unit, figure.Least);
        else
            board.Alone(what, rate, unit, $"{what}: not to be compared, the bench of {commit} cannot measure it.");
    }

    private static async Task<string> Measure(string bench, IReadOnlyList<string> options) =>
        (await Programs.Run(bench, [.. options, "--times", "1"])).Output;

    private static List<string> WithoutParts(IEnumerable<string> options)
    {
        var left = options.ToList();
        for (int at; (at = left.IndexOf("--parts")) >= 0;) left.RemoveRange(at, 2);
        return left;
    }

    /// <summary>A row of the bench's table.</summary>
    private sealed record Reading(string What, double Rate, string Unit);

    /// <param name="Part">The part that measures it.</param>
    /// <param name="Row">A pattern of what its row is called.</param>
    /// <param name="Least">The ratio of new to old that has to be reached.</param>
    private sealed record Figure(string Part, string Row, double Least)
    {
        public Reading? In(string table)
        {
            foreach (var line in table.Split('\n'))
            {
                var cells = Regex.Split(line.Trim(), "  +", RegexOptions.None, TimeSpan.FromSeconds(1));
                if (cells.Length < 2 || !Regex.IsMatch(cells[0], Row, RegexOptions.None, TimeSpan.FromSeconds(1)))
                    continue;
                var rate = cells[1].Split(' ');
                // After a colon stands what a row's product is compared with in its own table.
                return new(cells[0].Split(": ")[0], double.Parse(rate[0], CultureInfo.InvariantCulture), rate[1]);
            }
            return null;
        }
    }
}
