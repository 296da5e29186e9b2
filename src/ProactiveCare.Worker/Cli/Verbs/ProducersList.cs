using System.Text.RegularExpressions;
using ProactiveCare.Access;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists the producers.</summary>
internal sealed class ProducersList : PlainVerb
{
    public ProducersList() : base(
        "list", "Lists the producers, when they last posted, and how many rows of the last day were set aside.",
        "proactive-care producers list")
    {
    }

    protected override int Show(Session session)
    {
        var all = session.Read(db => Producers.List(db, session.Time.Now()));
        session.Answer(
            all,
            to => to.Table(
                ["producer", "role", "keys", "last post", "rows in a day", "set aside", "disabled"],
                all.Select(p => new[]
                {
                    p.Name, p.Role.Text, Number(p.Keys), p.LastAt?.On(session.Zone), Number(p.Received),
                    Number(p.Quarantined), p.DisabledAt?.On(session.Zone),
                })));
        return Failures.Done;
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
