using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Adds a user, or changes one.</summary>
internal sealed class UsersAdd : Verb
{
    private readonly Argument<string> name = new("NAME") { Description = "What they are called in the records." };

    private readonly Option<string?> osUser = new("--os-user")
    { HelpName = "USER", Description = "Their user on this machine (default: the same as NAME)." };

    private readonly Option<string?> email = new("--email")
    { HelpName = "ADDRESS", Description = "Where summaries and alarms for them go." };

    private readonly Option<string[]> roles = new("--role")
    {
        HelpName = "ROLE",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        Description = "operator (jobs, imports, mail), finance (approves and rejects money), admin (users); may be "
            + "repeated.",
    };

    public UsersAdd() : base(
        "add", "Adds a user, or changes one of the same name and enables it again.",
        "proactive-care users add anna --os-user anna --role finance --email anna@example.com")
    {
        roles.AcceptOnlyFromAmong([.. Role.All]);
        Add(name);
        Add(osUser);
        Add(email);
        Add(roles);
    }

    protected override async Task<int> Do(Session session)
    {
        var added = await session.Do(
            Operations.AddUser,
            new NewUser(session.Get(name)!, session.Get(roles)!, session.Get(osUser), session.Get(email)));
        session.Answer(added, to => to.Line(
            $"{added.Name} (operating-system user {added.OsUser}) has the roles {string.Join(", ", added.Roles)}."));
        return Failures.Done;
    }
}
