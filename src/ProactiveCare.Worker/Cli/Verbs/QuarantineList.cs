using ProactiveCare.Telemetry;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists the rows that were set aside, and those stored without a value.</summary>
internal sealed class QuarantineList : PlainVerb
{
    private readonly QuarantineOptions chosen = new();

    private readonly Option<QuarantineState?> state = SharedOptions.OnlyState<QuarantineState>();

    private readonly Option<int> limit = SharedOptions.Limit(50, "At most so many of each");

    public QuarantineList() : base(
        "list", "Lists the rows that are set aside and why, and the rows stored without a value that cannot be used.",
        "proactive-care quarantine list\n"
        + "proactive-care quarantine list --kind sessions --source player --reason \"has no offset\"")
    {
        chosen.AddTo(this);
        Add(state);
        Add(limit);
    }

    protected override int Show(Session session)
    {
        var filter = chosen.Of(session) with { State = session.Get(state) ?? QuarantineState.Open };
        var most = session.Get(limit);
        var (rows, counts, leftOut) = session.Read(db => (
            Quarantine.List(db, filter, most), Quarantine.Counts(db, filter),
            filter.Source is null && session.Get(state) is null ? Quarantine.LeftOut(db, filter, most) : []));
        session.Answer(
            new
            {
                Count = counts.Sum(each => each.Count),
                Rows = rows,
                LeftOut = leftOut,
            },
            to =>
            {
                Tell(to, rows, counts, filter.State!, session.Zone);
                Tell(to, leftOut, session.Zone);
            });
        return Failures.Done;
    }

    private static void Tell(
        Terminal to, IReadOnlyList<QuarantinedRow> rows, IReadOnlyList<(string Kind, string Source, long Count)> counts,
        QuarantineState state, DateTimeZone zone)
    {
        if (rows.Count == 0)
        {
            to.Line(state == QuarantineState.Open ? "No such row is set aside." : $"No such row is {state}.");
            return;
        }
        to.Table(
            [new("row", Right: true), "kind", "source", "set aside", "file", new("line", Right: true), "why"],
            rows.Select(row => new[]
            {
                $"{row.Id}", row.Kind, row.Source, row.At.On(zone), row.File, $"{row.Line}", row.Reason,
            }));
        foreach (var (kind, source, count) in counts)
            to.Line($"{kind} from {source}: {Phrases.Count(count, "row")}");
        to.Line($"As it came:    proactive-care quarantine show {rows[0].Id}");
        if (state == QuarantineState.Open)
            to.Line($"To read again: proactive-care quarantine retry {rows[0].Id}");
    }

    private static void Tell(Terminal to, IReadOnlyList<LeftOutRow> leftOut, DateTimeZone zone)
    {
        if (leftOut.Count == 0) return;
        to.Line();
        to.Line("Stored without a value that cannot be used; a corrected row brings it:");
        to.Table(
            ["kind", "id", "stored", "left out"],
            leftOut.Select(row => new[] { row.Kind, row.Id, row.At.On(zone), row.Reason }));
    }
}
