using ProactiveCare.Worker;
using ProactiveCare.Worker.Cli;

Umask.Restrict();
// Exit explicitly: a leftover foreground thread of a library would keep the process alive, and other nodes would count
// it as alive.
Environment.Exit(await CommandTree.Run(args, Caller.OfThisProcess(), CancellationToken.None));
