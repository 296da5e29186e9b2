using System.CommandLine;
using ProactiveCare.Access;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Adds a producer, or another key of one.</summary>
internal sealed class ProducersAdd : Verb
{
    private readonly Argument<string> name = new("NAME")
    { Description = "The source of its rows: like player, cdn or crm-eu." };

    public ProducersAdd() : base(
        "add",
        "Adds a producer and shows its key, once. For a known one it makes another key: the one before it is taken "
        + $"for {Producers.Overlap.TotalHours} hours more, older ones no longer.",
        "proactive-care producers add player") => Add(name);

    protected override async Task<int> Do(Session session)
    {
        var added = await session.Do(Operations.AddProducer, new Named(session.Get(name)!));
        session.Answer(added, to =>
        {
            to.Line($"{added.Name} may post telemetry with this key, which is shown only now:");
            to.Line($"  {added.Key}");
            to.Line("It is sent in the header: Authorization: Bearer KEY");
        });
        return Failures.Done;
    }
}
