using System.Globalization;

namespace ProactiveCare.Bench;

/// <summary>
/// One ordinary run over as many new arrivals, with once, ten and a hundred times the history stored: a run costs what
/// arrived, not what is stored.
/// </summary>
internal static class HistoryPart
{
    private static readonly int[] Sizes = [1, 10, 100];

    public static async Task Measure(Room room, Scoreboard board)
    {
        var arrivals = room.Options.History;
        var companies = new List<Grown>();
        foreach (var size in Sizes) companies.Add(await Grown.Up(room, size * arrivals, arrivals));
        var peaks = companies.ToDictionary(grown => grown, _ => new List<double>());
        var seconds = await Alternating.Medians(room.Options.Times, [.. companies.Select<Grown, Func<Task<double>>>(
            grown => async () =>
            {
                var (taken, peak) = await grown.Run();
                peaks[grown].Add(peak);
                return taken;
            })]);
        var memory = companies.ConvertAll(grown => Alternating.Median(peaks[grown]));
        for (var i = 1; i < Sizes.Length; i++)
        {
            var history = companies[i].Describe();
            board.Amounts($"run of {arrivals:N0} arrivals, {Sizes[i]}x history ({history})", $"{seconds[i]:0.00} s",
                $"{seconds[0]:0.00} s", seconds[i] / seconds[0], 1.05);
            board.Amounts($"peak memory of it, {Sizes[i]}x history", $"{memory[i]:0} MB", $"{memory[0]:0} MB",
                memory[i] / memory[0], 1.05);
        }
        board.Note("History: theirs is the same run at 1x. A run is a process of its own that imports purchases and "
            + "sessions of one more day, of which 3 % are due, detects, decides, settles, takes billing's answers, "
            + "delivers (to a relay that takes everything) and seals; the second such day of the process is timed, the "
            + "first one warms the compiler. The history went the same way through the product, row by row.");
    }

    private sealed class Grown(string folder, Days days)
    {
        public static async Task<Grown> Up(Room room, int sessions, int arrivals)
        {
            var grown = new Grown(room.Folder("history"), new Days(room, arrivals));
            using var company = await Company.Open(grown.Home, Company.After(grown.Days.Date));
            var people = Path.Combine(grown.Home, "customers.csv");
            Evenings.WriteCustomers(people, arrivals);
            await company.Import("customers", people);
            while (grown.Days.Sessions < sessions) await OneRun.Live(company, grown.Days.Next());
            return grown;
        }

        private string Home { get; } = folder;

        private Days Days { get; } = days;

        public async Task<(double Seconds, double Peak)> Run()
        {
            var said = await Programs.Run(Environment.ProcessPath!, [OneRun.Verb, Home, Days.Next(), Days.Next()]);
            var figures = said.Output.Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToList();
            return (figures[0], figures[1]);
        }

        public string Describe()
        {
            var size = new FileInfo(Path.Combine(Home, "data", "proactivecare.db")).Length / 1e6;
            return string.Create(CultureInfo.InvariantCulture, $"{Days.Sessions / 1e6:0.##} M sessions, {size:N0} MB");
        }
    }
}
