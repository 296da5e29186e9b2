using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Adds a user, or roles to one.</summary>
internal sealed class UsersAdd : Verb
{
    private readonly Argument<string> name = new("NAME") { Description = "What they are called in the records." };

    private readonly UserOptions options = new(isNew: true);

    public UsersAdd() : base(
        "add", "Adds a user, or roles to a known one; a disabled one is enabled again with just these.",
        "proactive-care users add anna --os-user anna --role finance --email anna@example.com")
    {
        Add(name);
        options.AddTo(this);
    }

    protected override async Task<int> Do(Session session)
    {
        var added = await session.Do(Operations.AddUser, options.Of(session, session.Get(name)!));
        UserOptions.Answer(session, added);
        return Failures.Done;
    }
}
