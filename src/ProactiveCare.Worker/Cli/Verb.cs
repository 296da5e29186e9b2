namespace ProactiveCare.Worker.Cli;

/// <summary>A verb of the command line: its arguments, an example, and its action.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description, string example) : base(name, description)
    {
        Example = example;
        SetAction(Invoke);
    }

    /// <summary>A working command line, shown by <c>--help</c>.</summary>
    public string Example { get; }

    public async Task<int> Invoke(ParseResult parse, CancellationToken cancellation)
    {
        await using var session = new Session(
            parse, ((CallerInvocation)parse.InvocationConfiguration).Caller, cancellation);
        return await Do(session);
    }

    /// <summary>Executes the verb and prints the answer.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> Do(Session session);
}

/// <summary>A synchronous verb.</summary>
internal abstract class PlainVerb(string name, string description, string example) : Verb(name, description, example)
{
    /// <summary>Prints the answer.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Show(Session session);

    protected sealed override Task<int> Do(Session session) => Task.FromResult(Show(session));
}

/// <summary>Carries the caller through the parser's invocation.</summary>
internal sealed class CallerInvocation(Caller caller) : InvocationConfiguration
{
    public Caller Caller { get; } = caller;
}
