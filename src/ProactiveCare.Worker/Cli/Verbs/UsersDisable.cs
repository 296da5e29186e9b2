using ProactiveCare.Access;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Disables a user.</summary>
internal sealed class UsersDisable : Verb
{
    private readonly Argument<string> name = new("NAME") { Description = "As 'users list' shows it." };

    public UsersDisable() : base(
        "disable", "Takes all rights from a user; what they did keeps their name.",
        "proactive-care users disable anna") => Add(name);

    protected override async Task<int> Do(Session session)
    {
        var ended = await session.Do(Operations.DisableUser, new Named(session.Get(name)!));
        session.Answer(ended, to => to.Line($"{ended.Name} may do nothing any more."));
        return Failures.Done;
    }
}
