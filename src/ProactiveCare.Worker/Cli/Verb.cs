using System.CommandLine;

namespace ProactiveCare.Worker.Cli;

/// <summary>A verb of the command line: what it takes, an example, and how it answers.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description, string example) : base(name, description)
    {
        Example = example;
        SetAction(Invoke);
    }

    /// <summary>A command line that works, shown by <c>--help</c>.</summary>
    public string Example { get; }

    public async Task<int> Invoke(ParseResult parse, CancellationToken cancellation)
    {
        await using var session = new Session(
            parse, ((CallerInvocation)parse.InvocationConfiguration).Caller, cancellation);
        return await Do(session);
    }

    /// <summary>Does it and answers.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> Do(Session session);
}

/// <summary>A verb that waits for nothing.</summary>
internal abstract class PlainVerb(string name, string description, string example) : Verb(name, description, example)
{
    /// <summary>Answers.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Show(Session session);

    protected sealed override Task<int> Do(Session session) => Task.FromResult(Show(session));
}

/// <summary>Carries the one who asks through the parser's invocation.</summary>
internal sealed class CallerInvocation(Caller caller) : InvocationConfiguration
{
    public Caller Caller { get; } = caller;
}
