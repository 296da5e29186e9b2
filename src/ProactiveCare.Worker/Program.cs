using ProactiveCare.Worker.Cli;

// A library's thread that did not take its leave must not keep a process that is done: other nodes would take it for
// alive.
Environment.Exit(await CommandTree.Run(args, Caller.OfThisProcess(), CancellationToken.None));
