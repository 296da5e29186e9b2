using ProactiveCare.Audit;

namespace ProactiveCare.Access;

/// <summary>Checks the permissions of actors.</summary>
public static class Permission
{
    private const string Stranger = "stranger";

    /// <summary>The user whom an operating-system user acts as; for an unknown one, an actor without rights.</summary>
    public static Actor ActorOf(DbConnection db, string osUser) =>
        Actors.OfOsUser(db, osUser) ?? new Actor(default, Stranger, osUser, osUser, null, "", null);

    /// <summary>Refuses an actor who has none of the roles; without roles, one who is no active user.</summary>
    /// <exception cref="AuditException">The message says how an admin can change it.</exception>
    public static void Require(this Actor actor, params IReadOnlyList<string> roles)
    {
        var (name, osUser) = (actor.Name, actor.OsUser);
        if (actor.Kind == Stranger)
        {
            throw Refused(
                $"The operating-system user {name} is not a user of this installation. An admin can add them: "
                + $"proactive-care users add {name} --os-user {name} --role "
                + (roles.Count > 0 ? roles[0] : Role.Operator));
        }
        if (actor.DisabledAt is not null)
        {
            throw Refused($"The user {name} is disabled. An admin can enable them again: "
                + $"proactive-care users add {name} --os-user {osUser} --role "
                + actor.Roles.Replace(",", " --role ", StringComparison.Ordinal));
        }
        if (roles.Count > 0 && !roles.Any(actor.Has))
        {
            throw Refused($"This needs the role {string.Join(" or ", roles)}; {name} has {Words(actor.Roles)}. "
                + $"An admin can give it: proactive-care users add {name} --os-user {osUser} --role {roles[0]}");
        }
    }

    private static AuditException Refused(string message) => new(message, RefusalCode.NotAllowed);

    private static string Words(string roles) =>
        roles.Length == 0 ? "none" : roles.Replace(",", " and ", StringComparison.Ordinal);
}
