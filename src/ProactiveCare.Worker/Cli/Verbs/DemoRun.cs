using ProactiveCare.Demo;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Simulates two days of faults at a small company.</summary>
internal sealed class DemoRun : Verb
{
    private readonly Option<int> seed = new("--seed")
    {
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        Description = "What chance is drawn from: the same seed gives the same two days (default: 1).",
    };

    public DemoRun() : base(
        "demo",
        $"Lets a small simulated company live through two days of trouble, in {DemoFolder.Default} or the "
        + "folder of --data.",
        "proactive-care demo --seed 7")
    {
        Add(seed);
    }

    protected override async Task<int> Do(Session session)
    {
        var folder = new DataFolder(session.PathOf(session.Get(GlobalOptions.Data) ?? DemoFolder.Default));
        var show = new DemoShow(session.Terminal, session.Clock);
        var began = session.Clock.GetTimestamp();
        var request = new DemoRequest(
            folder, session.Settings.Jobs, session.Get(seed), Demonstration.Customers, session.OsUser,
            ScheduleWords.Rules);
        var figures = await show.During(() => 
            Demonstration.Run(request, new DemoWatcher(show.Tell, show.Progress), session.Cancellation));
        var took = session.Clock.GetElapsedTime(began);
        var shown = Path.GetRelativePath(session.PathOf("."), folder.Inside());
        session.Answer(
            new { data = folder.Inside(), figures },
            to => new DemoReport(to, shown.StartsWith("..", StringComparison.Ordinal) ? folder.Inside() : shown)
                .Write(figures, took));
        return figures.Books.Problems.Count == 0 && figures.Mismatches == 0 ? Failures.Done : Failures.No;
    }
}
