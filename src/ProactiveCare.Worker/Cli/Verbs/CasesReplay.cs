using ProactiveCare.Cases;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Replays decisions from the stored facts and rules.</summary>
internal sealed class CasesReplay : PlainVerb
{
    private readonly Argument<long?> number = new("CASE")
    { Arity = ArgumentArity.ZeroOrOne, Description = "Its number (default: all cases)." };

    public CasesReplay() : base(
        "replay", "Decides again from the stored facts and rules; exit 1 where something else comes out.",
        "proactive-care cases replay\nproactive-care cases replay 17")
    {
        Add(number);
    }

    protected override int Show(Session session)
    {
        var replayed = 0;
        var mismatches = session.Read(db => DecisionLog.Replay(
            db, session.Book, session.Get(number) is { } id ? CaseForms.Known(db, id).Id : null, out replayed));
        session.Answer(new { replayed, mismatches }, to =>
        {
            foreach (var miss in mismatches)
            {
                to.Line($"Case {miss.CaseId}, decision {miss.Number}: recorded {miss.Recorded}, "
                    + $"now {miss.Replayed}.");
            }
            to.Line(replayed == 0
                ? "There is no decision to replay."
                : $"Replayed {Phrases.Count(replayed, "decision")}: " + (mismatches.Count == 0
                    ? "all came out as they were recorded."
                    : $"{mismatches.Count} came out otherwise."));
        });
        return mismatches.Count == 0 ? Failures.Done : Failures.No;
    }
}
