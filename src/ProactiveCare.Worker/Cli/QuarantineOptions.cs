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

    private readonly Option<string?> since = new("--since")
    { HelpName = "INSTANT", Description = "Only rows set aside since then." };

    private readonly Option<string?> until = new("--until")
    { HelpName = "INSTANT", Description = "Only rows set aside before then." };

    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { kind, source, reason, since, until }) verb.Add(option);
    }

    public QuarantineFilter Of(Session session) => new(
        null, session.Get(kind), session.Get(source), session.Get(reason),
        Phrases.InstantOf("--since", session.Get(since)), Phrases.InstantOf("--until", session.Get(until)));
}
