using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Worker.Http.Ingest;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class ProducerCommands
{
    public static Command Group() =>
        new("producers", "Says which services may post telemetry to the worker.") { Add(), List(), Disable() };

    private static Verb Add()
    {
        var name = new Argument<string>("NAME") { Description = "The source of its rows: like player, cdn or crm-eu." };
        var verb = new Verb(
            "add",
            "Adds a producer and shows its key, once. For a known one it makes another key: the one before it is taken "
            + $"for {Producers.Overlap.TotalHours} hours more, older ones no longer.",
            "proactive-care producers add player")
        {
            name,
        };
        return verb.Writes(Role.Admin, async session =>
        {
            var who = session.Get(name)!;
            if (!Names().IsMatch(who))
            {
                throw new UsageException(
                    $"'{who}' is no name for a producer: use up to 60 small letters, digits, dots, dashes and "
                    + "underscores.");
            }
            var key = ApiKeyCache.NewKey();
            await session.Store.Write(db => Producers.Add(
                db, session.Actor.Id, who, ApiKeyCache.HashOf(key), session.Time.Now()));
            session.Answer(new { name = who, key }, to =>
            {
                to.Line($"{who} may post telemetry with this key, which is shown only now:");
                to.Line($"  {key}");
                to.Line("It is sent in the header: Authorization: Bearer KEY");
            });
            return Failures.Done;
        });
    }

    private static Verb List() => new Verb(
        "list", "Lists the producers, when they last posted, and how many rows of the last day were set aside.",
        "proactive-care producers list")
        .Reads(session =>
        {
            var all = session.Store.Read(db => Producers.List(db, session.Time.Now()));
            session.Answer(
                all,
                to => to.Table(
                    ["producer", "keys", "last post", "rows in a day", "set aside", "disabled"],
                    all.Select(p => new[]
                    {
                        p.Name, Number(p.Keys), p.LastAt?.Iso(), Number(p.Received), Number(p.Quarantined),
                        p.DisabledAt?.Iso(),
                    })));
            return Failures.Done;
        });

    private static Verb Disable()
    {
        var name = new Argument<string>("NAME") { Description = "As 'producers list' shows it." };
        var verb = new Verb(
            "disable", "Takes nothing from a producer any more; all its keys end, and what it sent stays.",
            "proactive-care producers disable player")
        {
            name,
        };
        return verb.Writes(Role.Admin, async session =>
        {
            var who = session.Get(name)!;
            await session.Store.Write(db => Producers.Disable(db, session.Actor.Id, who, session.Time.Now()));
            session.Answer(
                new { name = who, disabled = true },
                to => to.Line($"Within a second nothing of {who} is taken any more. A new key: producers add {who}"));
            return Failures.Done;
        });
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,59}$", RegexOptions.None, 1000)]
    private static partial Regex Names();
}
