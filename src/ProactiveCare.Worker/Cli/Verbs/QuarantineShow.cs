using ProactiveCare.Telemetry;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Shows one row that was set aside.</summary>
internal sealed class QuarantineShow : PlainVerb
{
    private readonly Argument<long> number = new("ROW") { Description = "Its number, as 'quarantine list' shows it." };

    public QuarantineShow() : base(
        "show", "Shows one row as it came, and why it was set aside.", "proactive-care quarantine show 17")
    {
        Add(number);
    }

    protected override int Show(Session session)
    {
        var id = session.Get(number);
        if (session.Read(db => Quarantine.List(db, new QuarantineFilter([id]), 1)) is not [var row])
        {
            session.Terminal.Complain($"There is no row {id}. See them with: proactive-care quarantine list");
            return Failures.No;
        }
        session.Answer(row, to => Tell(to, row, session.Zone));
        return Failures.Done;
    }

    private static void Tell(Terminal to, QuarantinedRow row, DateTimeZone zone)
    {
        to.Line($"Row {row.Id}: {(row.State == QuarantineState.Open ? "set aside" : row.State.Text)}");
        to.Line($"  why       {row.Reason}");
        to.Line($"  from      {row.File}, line {row.Line}; {row.Kind} from {row.Source}");
        to.Line($"  came      {row.At.On(zone)}, import {row.ImportId}");
        if (!row.IsWhole) to.Line("  kept      only its beginning: it cannot be read again from here");
        to.Line();
        if (row.Header is { } header) to.Line(header);
        to.Line(row.Content);
    }
}
