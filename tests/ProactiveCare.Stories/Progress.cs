using System.Diagnostics;

namespace ProactiveCare.Stories;

/// <summary>A bar on a terminal; elsewhere a line for every tenth.</summary>
internal sealed class Progress(TextWriter to, int all, bool isTerminal)
{
    private const int Width = 40;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly Lock writing = new();
    private int done;
    private int shown = -1;

    public void Next()
    {
        lock (writing)
        {
            done++;
            var step = done * (isTerminal ? 200 : 10) / all;
            if (step == shown) return;
            shown = step;
            var left = watch.Elapsed / done * (all - done);
            var bar = new string('#', done * Width / all).PadRight(Width, '.');
            to.Write(isTerminal
                ? $"\r[{bar}] {done} of {all}, {left:h\\:mm\\:ss} left "
                : $"{done} of {all} stories, {watch.Elapsed:h\\:mm\\:ss}{Environment.NewLine}");
        }
    }

    public void End()
    {
        if (isTerminal) to.WriteLine();
    }
}
