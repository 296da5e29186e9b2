using System.Globalization;

namespace ProactiveCare.Bench;

/// <summary>
/// One ordinary run over as many new arrivals, with once, ten and a hundred times the history stored: a run costs what
/// arrived, not what is stored.
/// </summary>
internal static class HistoryPart
{
    private const int DaysOfAProcess = 4;

    private static readonly int[] Sizes = [1, 10, 100];

    public static async Task Measure(Room room, Scoreboard board)
    {
        var arrivals = room.Options.History;
        var companies = new List<Grown>();
        foreach (var size in Sizes) companies.Add(await Grown.Up(room, size * arrivals, arrivals));
        var days = companies.ConvertAll(_ => new List<(Spent Spent, double Peak)>());
        await Alternating.Medians(room.Options.Times, [.. companies.Select<Grown, Func<Task<double>>>(
            (grown, i) => async () =>
            {
                days[i].Add(await grown.Run());
                return days[i][^1].Spent.All;
            })]);
        for (var i = 1; i < Sizes.Length; i++)
        {
            var (most, history) = ($"{Sizes[i]}x history", companies[i].Describe());
            Row($"run over {arrivals:N0} arrivals, {most} ({history})", "s", day => day.Spent.Run);
            Row($"import of them, {most}", "s", day => day.Spent.Import);
            Row($"peak memory of both, {most}", "MB", day => day.Peak);

            void Row(string what, string unit, Func<(Spent Spent, double Peak), double> figure) => board.Amounts(
                what, Alternating.Median([.. days[i].Select(figure)]), Alternating.Median([.. days[0].Select(figure)]),
                unit, 1.05);
        }
        board.Note("History: theirs is the same at 1x. A process of its own on a copy of the history imports "
            + "purchases and sessions of one more day, of which 3 % are due; then its run detects, decides, settles, "
            + "takes billing's answers, delivers (to a relay that takes everything) and seals. So it goes for four "
            + "days, of which the first warms the compiler and the median of the others counts. The history went the "
            + "same way through the product, row by row.");
    }

    private sealed class Grown(Room room, Days days)
    {
        private int stored;

        public static async Task<Grown> Up(Room room, int sessions, int arrivals)
        {
            var grown = new Grown(room, new Days(room, arrivals));
            using var company = await Company.Open(grown.Home, Company.After(grown.Days.Date));
            var people = Path.Combine(grown.Home, "customers.csv");
            Evenings.WriteCustomers(people, arrivals);
            await company.Import("customers", people);
            while (grown.Days.Sessions < sessions) await OneRun.Live(company, grown.Days.Next());
            grown.stored = grown.Days.Sessions;
            return grown;
        }

        private string Home { get; } = room.Folder("history");

        private Days Days { get; } = days;

        public async Task<(Spent Spent, double Peak)> Run()
        {
            var copy = room.Folder("copy");
            await Programs.Run("cp", ["--recursive", Home + "/.", copy]);
            var files = Enumerable.Range(0, DaysOfAProcess).Select(_ => Days.Next());
            var said = await Programs.Run(Environment.ProcessPath!, [OneRun.Verb, copy, .. files]);
            Directory.Delete(copy, recursive: true);
            var figures = said.Output.Split(' ').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToList();
            return (new Spent(figures[0], figures[1]), figures[2]);
        }

        public string Describe()
        {
            var size = new FileInfo(Path.Combine(Home, "data", "proactivecare.db")).Length / 1e6;
            return string.Create(CultureInfo.InvariantCulture, $"{stored / 1e6:0.##} M sessions, {size:N0} MB");
        }
    }
}
