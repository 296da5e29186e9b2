using System.CommandLine;
using ProactiveCare.Audit;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static class UserCommands
{
    public static Command Group() => new("users", "Says who may do what.") { Add(), List(), Disable() };

    private static Verb Add()
    {
        var name = new Argument<string>("NAME") { Description = "What they are called in the records." };
        var osUser = new Option<string?>("--os-user")
        {
            HelpName = "USER",
            Description = "Their user on this machine (default: the same as NAME).",
        };
        var email = new Option<string?>("--email")
        { HelpName = "ADDRESS", Description = "Where summaries and alarms for them go." };
        var roles = new Option<string[]>("--role")
        {
            HelpName = "ROLE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            Description = "operator (jobs, imports, mail), finance (approves and rejects money), admin (users); may "
                + "be repeated.",
        }.AcceptOnlyFromAmong([.. Role.All]);
        var verb = new Verb(
            "add", "Adds a user, or changes one of the same name and enables it again.",
            "proactive-care users add anna --os-user anna --role finance --email anna@example.com")
        {
            name, osUser, email, roles,
        };
        return verb.Writes(Role.Admin, async session =>
        {
            var (who, os) = (session.Get(name)!, session.Get(osUser) ?? session.Get(name)!);
            var has = string.Join(',', session.Get(roles)!.Distinct().Order(StringComparer.Ordinal));
            if (who == session.Actor.Name && !has.Contains(Role.Admin, StringComparison.Ordinal))
                throw new UsageException(
                    "You cannot take the role admin from yourself: somebody must be left who can give it.");
            await session.Store.Write(db => Actors.AddUser(
                db, session.Actor.Id, who, os, session.Get(email), has, session.Time.Now()));
            session.Answer(
                new { name = who, osUser = os, email = session.Get(email), roles = has.Split(',') },
                to => to.Line($"{who} (operating-system user {os}) has the roles {Spaced(has)}."));
            return Failures.Done;
        });
    }

    private static Verb List() => new Verb("list", "Lists the users and their roles.", "proactive-care users list")
        .Reads(session =>
        {
            var users = session.Store.Read(Actors.Users);
            session.Answer(
                users.Select(u => new { u.Name, u.OsUser, u.Email, roles = u.Roles.Split(','), u.DisabledAt }).ToList(),
                to => to.Table(
                    ["user", "operating-system user", "roles", "e-mail", "disabled"],
                    users.Select(u => new[]
                    {
                        u.Name, u.OsUser, Spaced(u.Roles), u.Email, u.DisabledAt?.Iso(),
                    })));
            return Failures.Done;
        });

    private static string Spaced(string roles) => roles.Replace(",", ", ", StringComparison.Ordinal);

    private static Verb Disable()
    {
        var name = new Argument<string>("NAME") { Description = "As 'users list' shows it." };
        var verb = new Verb(
            "disable", "Takes all rights from a user; what they did keeps their name.",
            "proactive-care users disable anna")
        {
            name,
        };
        return verb.Writes(Role.Admin, async session =>
        {
            var who = session.Get(name)!;
            if (who == session.Actor.Name)
                throw new UsageException(
                    "You cannot disable yourself: somebody must be left who can enable you again.");
            await session.Store.Write(db => Actors.Disable(db, session.Actor.Id, who, session.Time.Now()));
            session.Answer(new { name = who, disabled = true }, to => to.Line($"{who} may do nothing any more."));
            return Failures.Done;
        });
    }
}
