using System.CommandLine;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Control;

namespace ProactiveCare.Worker.Cli;

/// <summary>
/// A verb of the command line: one handler, an example, and what it needs. A verb that writes is done by the worker of
/// the data folder while one runs, and here otherwise.
/// </summary>
internal sealed class Verb(string name, string description, string example) : Command(name, description)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Func<Session, Task<int>>? handler;

    /// <summary>A command line that works, shown by <c>--help</c>.</summary>
    public string Example { get; } = example;

    /// <summary>Whether it changes the installation, and so belongs to the worker while one runs.</summary>
    public bool IsWrite { get; private set; }

    /// <summary>What a user's roles must have one of.</summary>
    public IReadOnlyList<string> Roles { get; private set; } = [];

    /// <summary>Answers from the installation, or without one, and changes nothing in it.</summary>
    public Verb Reads(Func<Session, Task<int>> answer)
    {
        handler = answer;
        SetAction(Invoke);
        return this;
    }

    /// <summary>Answers from the installation, or without one, and changes nothing in it.</summary>
    public Verb Reads(Func<Session, int> answer) => Reads(session => Task.FromResult(answer(session)));

    /// <summary>Changes the installation, on behalf of a user who has one of the roles.</summary>
    public Verb Writes(IReadOnlyList<string> roles, Func<Session, Task<int>> act)
    {
        (IsWrite, Roles) = (true, roles);
        return Reads(act);
    }

    /// <summary>Changes the installation, on behalf of a user who has the role.</summary>
    public Verb Writes(string role, Func<Session, Task<int>> act) => Writes([role], act);

    public async Task<int> Invoke(ParseResult parse, CancellationToken cancellation)
    {
        var invocation = (CallerInvocation)parse.InvocationConfiguration;
        var caller = invocation.Caller;
        if (caller.Hosted is not null && !IsWrite)
            throw new UsageException($"The worker does not do '{Name}' for others.");
        await using var session = new Session(this, parse, caller, cancellation);
        if (IsWrite && caller.Hosted is null && await ElsewhereOrHere(session, invocation) is { } code) return code;
        session.Begin();
        if (IsWrite) await JobIntake.TakeIn(session);
        return await handler!(session);
    }

    // Another command may hold the folder for a moment, and a worker that is starting holds it before it listens.
    private static async Task<int?> ElsewhereOrHere(Session session, CallerInvocation asked)
    {
        var began = session.Clock.GetTimestamp();
        while (true)
        {
            var code = await ControlClient.Forward(session.Folder, asked.Args, asked.Caller, session.Cancellation);
            if (code is not null) return code;
            try
            {
                _ = session.Store;
                return null;
            }
            catch (StorageException) when (session.Folder.IsHeld() && session.Folder.Exists
                && session.Clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), session.Clock, session.Cancellation);
            }
        }
    }
}

/// <summary>Carries the one who asks through the parser's invocation.</summary>
internal sealed class CallerInvocation(Caller caller, IReadOnlyList<string> args) : InvocationConfiguration
{
    public Caller Caller { get; } = caller;

    public IReadOnlyList<string> Args { get; } = args;
}
