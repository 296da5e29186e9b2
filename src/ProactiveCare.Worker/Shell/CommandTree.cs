using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ProactiveCare.Worker.Commands;

namespace ProactiveCare.Worker.Shell;

/// <summary>The whole command line. A group of verbs is a file in Commands; it is entered here once.</summary>
internal static class CommandTree
{
    private static readonly Lazy<RootCommand> Root = new(Build);

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done, 1 the answer is no, 2 wrong use or input.</returns>
    public static async Task<int> Run(IReadOnlyList<string> args, Caller caller, CancellationToken cancellation)
    {
        var parse = Root.Value.Parse(args);
        if (parse.Action is ParseErrorAction) return Misused(parse, caller.Terminal);
        try
        {
            return await parse.InvokeAsync(
                new CallerInvocation(caller, args)
                {
                    Output = caller.Terminal.Out,
                    Error = caller.Terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellation);
        }
        catch (Exception e)
        {
            return Failures.Tell(e, caller.Terminal, parse.GetValue(GlobalOptions.Debug));
        }
        finally
        {
            caller.Terminal.Out.Flush();
            caller.Terminal.Error.Flush();
        }
    }

    private static RootCommand Build()
    {
        var run = RunCommands.Run();
        var root = new RootCommand(
            "Finds trouble before customers complain, makes it right, tells them, and shows the books.\n"
            + "Without a verb it runs the worker.")
        {
            run,
            UserCommands.Group(),
            DbCommands.Group(),
            HealthCommands.Health(),
            HealthCommands.Version(),
        };
        foreach (var option in GlobalOptions.All) root.Add(option);
        root.SetAction(run.Invoke);
        // `version` answers it with --json as every verb does.
        foreach (var option in root.Options.OfType<VersionOption>().ToList()) root.Options.Remove(option);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return root;
    }

    private static int Misused(ParseResult parse, Terminal terminal)
    {
        var path = new List<string>();
        for (var at = parse.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
            path.Insert(0, at.Command is RootCommand ? "proactive-care" : at.Command.Name);
        // What was not recognized explains why no command was found.
        var unknown = parse.UnmatchedTokens.Count > 0 && parse.Errors.Count > 1;
        foreach (var error in parse.Errors.Where((_, i) => !(unknown && i == 0)).Select(e => e.Message).Distinct()) terminal.Complain(error);
        var verbs = parse.CommandResult.Command.Subcommands;
        if (verbs.Count > 0 && path.Count > 1)
            terminal.Complain($"Choose one of: {string.Join(", ", verbs.Select(v => v.Name))}.");
        terminal.Complain($"How it is used: {string.Join(' ', path)} --help");
        terminal.Error.Flush();
        return Failures.WrongUse;
    }
}
