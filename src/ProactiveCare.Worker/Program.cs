using ProactiveCare.Worker.Shell;

return await CommandTree.Run(args, Caller.OfThisProcess(), CancellationToken.None);
