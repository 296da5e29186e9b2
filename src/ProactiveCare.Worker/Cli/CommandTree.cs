using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ProactiveCare.Worker.Cli.Verbs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli;

/// <summary>The whole command line: each verb is a class of its own, entered here once.</summary>
internal static class CommandTree
{
    // Response files are off: an argument may begin with @.
    private static readonly ParserConfiguration NoFiles = new() { ResponseFileTokenReplacer = null };

    private static readonly Lazy<RootCommand> Root = new(Build);

    /// <summary>Runs one command line.</summary>
    /// <returns>0 for success, 1 for a negative result, 2 for wrong use or input.</returns>
    public static async Task<int> Run(IReadOnlyList<string> args, Caller caller, CancellationToken cancellation)
    {
        var parse = Root.Value.Parse(args, NoFiles);
        if (parse.Action is ParseErrorAction) return Misused(parse, caller.Terminal);
        try
        {
            return await parse.InvokeAsync(
                new CallerInvocation(caller)
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
            caller.Terminal.Complain(Failures.InWords(e));
            if (parse.GetValue(GlobalOptions.Debug)) caller.Terminal.Error.WriteLine(e);
            return e is RefusedException { Code: RefusalCode.NotFound } or WorkerException { IsNotFound: true }
                ? Failures.No
                : Failures.WrongUse;
        }
        finally
        {
            caller.Terminal.Out.Flush();
            caller.Terminal.Error.Flush();
        }
    }

    private static RootCommand Build()
    {
        var run = new WorkerRun();
        var root = new RootCommand(
            "Finds trouble before customers complain, makes it right, tells them, and shows the books.\n"
            + "Without a verb it runs the worker.")
        {
            run, new DemoRun(), new ImportFiles(),
            new Command("quarantine", "Shows the rows that imports and posts set aside, and reads them again.")
            {
                new QuarantineList(), new QuarantineShow(), new QuarantineRetry(),
            },
            new Command("jobs", "Makes, tests, accepts, runs and stops the jobs that find trouble.")
            {
                new JobsList(), new JobsNew(), new JobsCheck(), new JobsAccept(), new JobsRun(), new JobsPlan(),
                new JobsBackfill(), new JobsPause(), new JobsResume(), new JobsHistory(),
            },
            new Command("cases", "Shows what was found for whom, what was decided, and why.")
            {
                new CasesList(), new CasesShow(), new CasesExplain(), new CasesReplay(),
            },
            new Command("credits", "Shows the money that jobs give, and decides about what is held.")
            {
                new CreditsList(), new CreditsApprove(), new CreditsReject(), new CreditsReverse(),
                new CreditsConfirm(), new CreditsDecline(), new CreditsRetry(), new CreditsConvert(),
                new CreditsResolve(),
            },
            new Command("refunds", "Shows what was handed to billing, and answers it by hand.")
            {
                new RefundsList(), new RefundsAnswer(),
            },
            new Command("andon", "Stops a job from paying at once, and lets it pay again.")
            {
                new AndonPull(), new AndonRelease(),
            },
            new Command("ledger", "Checks the books and hands them to other programs.")
            {
                new LedgerCheckBooks(), new LedgerExportBooks(),
            },
            new Command("notices", "Shows the mail to customers and staff, and why any was not sent.")
            {
                new NoticesList(), new NoticesShow(), new NoticesPreview(), new NoticesDeliver(), new NoticesResolve(),
            },
            new Command("users", "Says who may do what.")
            {
                new UsersAdd(), new UsersSet(), new UsersList(), new UsersDisable(),
            },
            new Command("producers", "Says which services may post telemetry to the worker.")
            {
                new ProducersAdd(), new ProducersList(), new ProducersDisable(),
            },
            new Command("db", "Makes and keeps the installation's database.")
            {
                new DbInit(), new DbMigrate(), new DbBackup(), new DbRestore(), new DbRestored(), new DbCheck(),
            },
            new HealthAsk(), new VersionShow(),
        };
        foreach (var option in GlobalOptions.All) root.Add(option);
        root.SetAction(run.Invoke);
        // `version` prints it with --json like every verb.
        foreach (var option in root.Options.OfType<VersionOption>().ToList()) root.Options.Remove(option);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
        return root;
    }

    private static IEnumerable<string> Problems(ParseResult parse)
    {
        // A word where a number is needed is left over, and the number is missing.
        var stray = parse.UnmatchedTokens is [var first, ..] ? first : null;
        var missing = parse.CommandResult.Command.Arguments
            .Where(argument => argument.Arity.MinimumNumberOfValues > 0
                && parse.GetResult(argument) is not { Tokens.Count: > 0 })
            .Select(argument => (stray is null ? $"{argument.Name} is missing"
                : $"'{HarmlessText.Shown(stray)}' is no {argument.Name}")
                + (argument.Description is { } what ? ": " + what : "."))
            .ToList();
        foreach (var argument in missing) yield return argument;
        foreach (var error in parse.Errors)
        {
            // The parser's message does not name the missing argument; the unrecognised tokens explain the rest.
            if (missing.Count > 0 && (stray is not null
                || error.Message.StartsWith("Required argument missing", StringComparison.Ordinal))) continue;
            if (parse.UnmatchedTokens.Count > 0
                && error.Message.StartsWith("Required command", StringComparison.Ordinal))
            {
                continue;
            }
            if (CannotParse(error) is { } better) yield return better;
            else if (missing.Count == 0 || error.SymbolResult is not System.CommandLine.Parsing.ArgumentResult)
                yield return error.Message;
        }
    }

    // The parser names types of .NET, and says beside it that the argument is missing.
    private static string? CannotParse(System.CommandLine.Parsing.ParseError error) =>
        error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal)
            ? error.SymbolResult switch
            {
                System.CommandLine.Parsing.ArgumentResult given => $"'{HarmlessText.Shown(Wrong(given.Tokens))}' is no "
                    + $"{given.Argument.Name}: {given.Argument.Description}",
                System.CommandLine.Parsing.OptionResult given => $"'{HarmlessText.Shown(Wrong(given.Tokens))}' is no "
                    + $"value for {given.Option.Name}: {given.Option.Description}",
                _ => null,
            }
            : null;

    private static string Wrong(IReadOnlyList<System.CommandLine.Parsing.Token> tokens) =>
        tokens.FirstOrDefault(token => !long.TryParse(token.Value, out _))?.Value ?? "";

    private static int Misused(ParseResult parse, Terminal terminal)
    {
        var path = new List<string>();
        for (var at = parse.CommandResult; at is not null; at = at.Parent as System.CommandLine.Parsing.CommandResult)
            path.Insert(0, at.Command is RootCommand ? "proactive-care" : at.Command.Name);
        foreach (var problem in Problems(parse).Distinct()) terminal.Complain(problem);
        var verbs = parse.CommandResult.Command.Subcommands.Select(verb => verb.Name).ToList();
        if (verbs.Count > 0)
        {
            if (parse.UnmatchedTokens is [var wrong, ..] && Nearest.To(wrong, verbs) is { } near)
                terminal.Complain($"Did you mean: {string.Join(' ', path)} {near}");
            terminal.Complain($"Choose one of: {string.Join(", ", verbs)}.");
        }
        terminal.Complain($"How it is used: {string.Join(' ', path)} --help");
        terminal.Error.Flush();
        return Failures.WrongUse;
    }
}
