using ProactiveCare.Demo;
using Spectre.Console;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Shows the two days: one line per event and, on an interactive terminal, a progress bar.</summary>
internal sealed class DemoShow(Terminal terminal, TimeProvider machine)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(60);

    private readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(terminal.Error),
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.Standard,
        Interactive = InteractionSupport.Yes,
    });

    private ProgressTask? bar;
    private long shownAt;

    private bool Rich => terminal.Traits is { Interactive: true, Rich: true };

    /// <summary>Runs work under a progress bar, or without one on a terminal that is not interactive.</summary>
    public async Task<T> During<T>(Func<Task<T>> work)
    {
        if (!Rich) return await work();
        console.Profile.Width = terminal.Traits.Width;
        return await console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn { Width = 30 },
                new PercentageColumn())
            .StartAsync(async context =>
            {
                bar = context.AddTask(Clock(Company.Start), maxValue: 1);
                try
                {
                    return await work();
                }
                finally
                {
                    bar.Value = 1;
                    bar = null;
                }
            });
    }

    /// <summary>Prints an event.</summary>
    public void Tell(Instant at, string what)
    {
        var line = Terminal.Clean($"{Clock(at)}  {what}");
        if (Rich) console.Write(new Markup($"[grey]{Clock(at)}[/]  {Markup.Escape(Terminal.Clean(what))}\n"));
        else terminal.Error.WriteLine(line);
    }

    /// <summary>Updates the progress bar.</summary>
    public void Progress(double share, Instant at)
    {
        if (bar is null || machine.GetElapsedTime(shownAt) < Pace) return;
        shownAt = machine.GetTimestamp();
        bar.Value = share;
        bar.Description = Clock(at);
    }

    private static string Clock(Instant at) =>
        at.InZone(Company.Zone).LocalDateTime.ToString("ddd HH:mm", CultureInfo.InvariantCulture);
}
