using System.Data.Common;
using ProactiveCare.Audit;

namespace ProactiveCare.Worker.Cli;

/// <summary>Who may do what from the command line.</summary>
internal static class Users
{
    /// <summary>The user whom an operating-system user acts as.</summary>
    /// <exception cref="AuditException">
    /// Nobody, or one who is disabled or lacks the role; the message says how to change it.
    /// </exception>
    public static Actor Require(DbConnection db, string osUser, IReadOnlyList<string> roles)
    {
        var user = Actors.OfOsUser(db, osUser) ?? throw new AuditException(
            $"The operating-system user {osUser} is not a user of this installation. An admin can add them: "
            + $"proactive-care users add {osUser} --os-user {osUser} --role "
                + $"{(roles.Count > 0 ? roles[0] : Role.Operator)}");
        if (user.DisabledAt is not null)
        {
            throw new AuditException($"The user {user.Name} is disabled. An admin can enable them again: "
                + $"proactive-care users add {user.Name} --os-user {osUser} --role "
                + user.Roles.Replace(",", " --role ", StringComparison.Ordinal));
        }
        if (roles.Count > 0 && !roles.Any(user.Has))
        {
            throw new AuditException(
                $"This needs the role {string.Join(" or ", roles)}; {user.Name} has {Words(user.Roles)}. "
                + $"An admin can give it: proactive-care users add {user.Name} --os-user {osUser} --role {roles[0]}");
        }
        return user;
    }

    private static string Words(string roles) =>
        roles.Length == 0 ? "none" : roles.Replace(",", " and ", StringComparison.Ordinal);
}
