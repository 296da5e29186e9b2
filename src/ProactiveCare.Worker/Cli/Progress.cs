namespace ProactiveCare.Worker.Cli;

/// <summary>The progress of a long verb: one line, overwritten, and only on an interactive terminal.</summary>
internal sealed class Progress(Terminal terminal, TimeProvider clock, string unit = "rows") : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private readonly long started = clock.GetTimestamp();
    private long shownAt;
    private bool shown;

    /// <summary>Shows the amount done, and a bar where its share is known.</summary>
    public void Show(string what, long done, double? share = null)
    {
        if (!terminal.Traits.Interactive) return;
        if (shown && clock.GetElapsedTime(shownAt) < Pace) return;
        (shown, shownAt) = (true, clock.GetTimestamp());
        terminal.Error.Write("\r" + Line(what, (done, unit), share, clock.GetElapsedTime(started)) + "\u001b[K");
        terminal.Error.Flush();
    }

    public void Dispose()
    {
        if (!shown) return;
        terminal.Error.Write("\r\u001b[K");
        terminal.Error.Flush();
    }

    internal static string Line(
        string what, (long Count, string Unit) done, double? share, TimeSpan elapsed)
    {
        var rate = elapsed.TotalSeconds < 0.05 ? 0 : done.Count / elapsed.TotalSeconds;
        var counted = string.Create(
            CultureInfo.InvariantCulture, $"{done.Count:N0} {done.Unit}  {rate:N0} {done.Unit}/s");
        if (share is not { } part) return $"{what}  {counted}";
        var filled = (int)(Math.Clamp(part, 0, 1) * 24);
        var percent = (int)(Math.Clamp(part, 0, 1) * 100);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what}  [{new string('#', filled)}{new string('.', 24 - filled)}] {percent,3} %  {counted}");
    }
}
