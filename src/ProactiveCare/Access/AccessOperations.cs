using System.Text.RegularExpressions;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Access;

/// <summary>The added or changed user.</summary>
public sealed record UserAdded(string Name, string OsUser, string? Email, IReadOnlyList<string> Roles);

/// <summary>A user or producer whose access has ended.</summary>
public sealed record AccessEnded(string Name, bool Disabled);

/// <summary>A producer and its new key, which is shown only once.</summary>
public sealed record ProducerAdded(string Name, string Role, string Key);

/// <summary>An admin's operations on users and producers.</summary>
public sealed partial class AccessOperations(Store store, TimeProvider time)
{
    /// <summary>Adds a user, or roles to a known one. A disabled one is enabled again with these roles alone.</summary>
    /// <exception cref="AuditException">Refused.</exception>
    public Task<UserAdded> AddUser(
        Actor by, string name, string? osUser, string? email, IReadOnlyList<string> roles) =>
        Save(by, name, (osUser, email), known => known is { DisabledAt: null } ? [.. roles, .. known.AllRoles] : roles);

    /// <summary>Replaces what is given of a known user; without roles they keep theirs.</summary>
    /// <exception cref="AuditException">Refused.</exception>
    public Task<UserAdded> SetUser(
        Actor by, string name, string? osUser, string? email, IReadOnlyList<string> roles) =>
        Save(by, name, (osUser, email), known => known switch
        {
            null or { DisabledAt: not null } => throw new AuditException(
                $"There is no active user {name}. See them with: proactive-care users list", RefusalCode.NotFound),
            _ => roles.Count > 0 ? roles : known.AllRoles,
        });

    private async Task<UserAdded> Save(
        Actor by, string name, (string? OsUser, string? Email) given, Func<Actor?, IReadOnlyList<string>> roles)
    {
        by.Require(Role.Admin);
        return await store.Write(db =>
        {
            var known = Actors.Users(db).FirstOrDefault(user => user.Name == name);
            return Save(
                db, by, (name, given.OsUser ?? known?.OsUser ?? name, given.Email ?? known?.Email), roles(known));
        });
    }

    private UserAdded Save(
        DbConnection db, Actor by, (string Name, string OsUser, string? Email) user, IReadOnlyList<string> roles)
    {
        var (name, os, email) = user;
        if (string.IsNullOrWhiteSpace(name) || string.IsNullOrWhiteSpace(os))
            throw new AuditException("A user needs a name, and an operating-system user.", RefusalCode.Invalid);
        var all = roles.Distinct().Order(StringComparer.Ordinal).ToList();
        if (name == by.Name && !all.Contains(Role.Admin))
            throw new AuditException(
                "You cannot take the role admin from yourself: somebody must be left who can give it.");
        Actors.AddUser(db, by.Id, name, os, email, string.Join(',', all), time.Now());
        return new UserAdded(name, os, email, all);
    }

    /// <summary>Disables a user.</summary>
    /// <exception cref="AuditException">Refused.</exception>
    public async Task<AccessEnded> DisableUser(Actor by, string name)
    {
        by.Require(Role.Admin);
        if (name == by.Name)
            throw new AuditException("You cannot disable yourself: somebody must be left who can enable you again.");
        await store.Write(db => Actors.Disable(db, by.Id, name, time.Now()));
        return new AccessEnded(name, true);
    }

    /// <summary>Adds a producer, or another key of a known one.</summary>
    /// <param name="by">Who adds it.</param>
    /// <param name="name">The source of its rows.</param>
    /// <param name="role">The use of all its keys from now on; <c>producer</c> or <c>viewer</c>.</param>
    /// <param name="key">The key, which nobody can guess.</param>
    /// <exception cref="AuditException">Refused.</exception>
    /// <exception cref="FormatException">There is no such role.</exception>
    public async Task<ProducerAdded> AddProducer(Actor by, string name, string role, string key)
    {
        by.Require(Role.Admin);
        if (!ProducerNames().IsMatch(name))
        {
            throw new AuditException(
                $"'{name}' is no name for a producer: use up to 60 small letters, digits, dots, dashes and "
                + "underscores.",
                RefusalCode.Invalid);
        }
        await store.Write(db => Producers.Add(
            db, by.Id, name, (KeyRole.Parse(role), Producers.HashOf(key)), time.Now()));
        return new ProducerAdded(name, role, key);
    }

    /// <summary>Ends all keys of a producer.</summary>
    /// <exception cref="AuditException">Refused.</exception>
    public async Task<AccessEnded> DisableProducer(Actor by, string name)
    {
        by.Require(Role.Admin);
        await store.Write(db => Producers.Disable(db, by.Id, name, time.Now()));
        return new AccessEnded(name, true);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,59}$", RegexOptions.None, 1000)]
    private static partial Regex ProducerNames();
}
