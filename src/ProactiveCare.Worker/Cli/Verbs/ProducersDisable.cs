using ProactiveCare.Access;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Disables a producer.</summary>
internal sealed class ProducersDisable : Verb
{
    private readonly Argument<string> name = new("NAME") { Description = "As 'producers list' shows it." };

    public ProducersDisable() : base(
        "disable", "Takes nothing from a producer any more; all its keys end, and what it sent stays.",
        "proactive-care producers disable player") => Add(name);

    protected override async Task<int> Do(Session session)
    {
        var ended = await session.Do(Operations.DisableProducer, new Named(session.Get(name)!));
        session.Answer(ended, to => to.Line(
            $"Within a second nothing of {ended.Name} is taken any more. A new key: producers add {ended.Name}"));
        return Failures.Done;
    }
}
