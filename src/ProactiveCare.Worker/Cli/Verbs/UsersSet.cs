using ProactiveCare.Audit;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Replaces the roles, the address or the operating-system user of a user.</summary>
internal sealed class UsersSet : Verb
{
    private readonly Argument<string> name = new("NAME") { Description = "As 'users list' shows it." };

    private readonly UserOptions options = new(isNew: false);

    public UsersSet() : base(
        "set", "Replaces what is given of a user: all roles, the address, the operating-system user.",
        "proactive-care users set anna --role finance --role operator\n"
        + "proactive-care users set anna --email anna@example.com")
    {
        Add(name);
        options.AddTo(this);
    }

    protected override async Task<int> Do(Session session)
    {
        var changed = await session.Do(Operations.SetUser, options.Of(session, session.Get(name)!));
        UserOptions.Answer(session, changed);
        return Failures.Done;
    }
}

/// <summary>The options that describe a user.</summary>
internal sealed class UserOptions
{
    private readonly Option<string?> osUser = new("--os-user") { HelpName = "USER" };

    private readonly Option<string?> email = new("--email")
    { HelpName = "ADDRESS", Description = "Where summaries and alarms for them go." };

    private readonly Option<string[]> roles;

    public UserOptions(bool isNew)
    {
        osUser.Description = "Their user on this machine" + (isNew ? " (default: the same as NAME)." : ".");
        roles = new Option<string[]>("--role")
        {
            HelpName = "ROLE",
            Required = isNew,
            AllowMultipleArgumentsPerToken = true,
            Description = "operator (jobs, imports, mail), finance (approves and rejects money), admin (users); may be "
                + "repeated.",
        }.AcceptOnlyFromAmong([.. Role.All]);
    }

    public void AddTo(Command verb)
    {
        foreach (var option in (Option[])[osUser, email, roles]) verb.Add(option);
    }

    public NewUser Of(Session session, string name) =>
        new(name, session.Get(roles) ?? [], session.Get(osUser), session.Get(email));

    public static void Answer(Session session, Access.UserAdded user) => session.Answer(user, to => to.Line(
        $"{user.Name} (operating-system user {user.OsUser}) has the roles {string.Join(", ", user.Roles)}."));
}
