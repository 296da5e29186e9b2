using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ProactiveCare.Worker.Cli;

/// <summary>The usual help, followed by a working example.</summary>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var examples = Examples(parseResult.CommandResult.Command).ToList();
        if (examples.Count == 0) return Failures.Done;
        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in examples) output.WriteLine("  " + example);
        output.WriteLine();
        return Failures.Done;
    }

    private static IEnumerable<string> Examples(Command command) => command switch
    {
        Verb verb => verb.Example.Split('\n'),
        RootCommand => ["proactive-care demo", "proactive-care db init", "proactive-care import --help"],
        _ => command.Subcommands.OfType<Verb>().Select(verb => verb.Example.Split('\n')[0]),
    };
}
