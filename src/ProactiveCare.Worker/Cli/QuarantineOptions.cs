using ProactiveCare.Telemetry;

namespace ProactiveCare.Worker.Cli;

/// <summary>The options that choose rows which were set aside.</summary>
internal sealed class QuarantineOptions
{
    private readonly Option<string?> kind = new Option<string?>("--kind")
    { HelpName = "KIND", Description = $"Only {string.Join(", ", Import.Kinds)}." }
    .AcceptOnlyFromAmong([.. Import.Kinds]);

    private readonly Option<string?> source = new("--source")
    { HelpName = "NAME", Description = "Only rows of one producer." };

    private readonly Option<string?> reason = new("--reason")
    { HelpName = "TEXT", Description = "Only rows whose reason contains this." };

    private readonly PeriodOptions period = new("set aside");

    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { kind, source, reason }) verb.Add(option);
        period.AddTo(verb);
    }

    public QuarantineFilter Of(Session session)
    {
        var frame = period.Of(session);
        return new(null, session.Get(kind), session.Get(source), session.Get(reason), frame.From, frame.Until);
    }
}
