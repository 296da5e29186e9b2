using ProactiveCare.Access;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Adds a producer, or another key of one.</summary>
internal sealed class ProducersAdd : Verb
{
    private readonly Argument<string> name = new("NAME")
    { Description = "The source of its rows: like player, cdn or crm-eu." };

    private readonly Option<string> role = new Option<string>("--role")
    {
        HelpName = "ROLE",
        Description = "producer: its keys post telemetry (default). viewer: its keys read /metrics.",
        DefaultValueFactory = _ => KeyRole.Producer.Text,
    }.AcceptOnlyFromAmong([.. KeyRole.All.Select(role => role.Text)]);

    public ProducersAdd() : base(
        "add",
        "Adds a producer and shows its key, once. For a known one it makes another key: the one before it is taken "
        + $"for {Producers.Overlap.TotalHours} hours more, older ones no longer.",
        "proactive-care producers add player\nproactive-care producers add prometheus --role viewer")
    {
        Add(name);
        Add(role);
    }

    protected override async Task<int> Do(Session session)
    {
        var added = await session.Do(Operations.AddProducer, new NewProducer(session.Get(name)!, session.Get(role)!));
        session.Answer(added, to =>
        {
            var use = added.Role == KeyRole.Viewer.Text ? "read /metrics" : "post telemetry";
            to.Line($"{added.Name} may {use} with this key, which is shown only now:");
            to.Line($"  {added.Key}");
            to.Line("It is sent in the header: Authorization: Bearer KEY");
        });
        return Failures.Done;
    }
}
