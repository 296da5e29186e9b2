using ProactiveCare.Audit;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Lists the users and their roles.</summary>
internal sealed class UsersList : PlainVerb
{
    public UsersList() : base(
        "list", "Lists the users and their roles.", "proactive-care users list")
    {
    }

    protected override int Show(Session session)
    {
        var users = session.Read(Actors.Users);
        session.Answer(
            users.Select(u => new { u.Name, u.OsUser, u.Email, roles = u.Roles.Split(','), u.DisabledAt }).ToList(),
            to => to.Table(
                ["user", "operating-system user", "roles", "e-mail", "disabled"],
                users.Select(u => new[]
                {
                    u.Name, u.OsUser, Spaced(u.Roles), u.Email, u.DisabledAt?.On(session.Zone),
                })));
        return Failures.Done;
    }

    private static string Spaced(string roles) => roles.Replace(",", ", ", StringComparison.Ordinal);
}
