namespace ProactiveCare.Notices.Delivery;

/// <summary>One clock for all the waits of a connection, one after another; what it has ended stays ended.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource over = new();
    private readonly ITimer timer;

    public Deadline(TimeProvider time) => timer = time.CreateTimer(
        source => ((CancellationTokenSource)source!).Cancel(), over,
        Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>A wait of at most so long, which the caller may cut short as well; disposing it ends it.</summary>
    public Wait Begin(TimeSpan limit, CancellationToken cancellation)
    {
        timer.Change(limit, Timeout.InfiniteTimeSpan);
        var cut = cancellation.UnsafeRegister(source => ((CancellationTokenSource)source!).Cancel(), over);
        return new(this, cut);
    }

    /// <summary>Ends the wait that there is, and all later ones.</summary>
    public void Cut() => over.Cancel();

    public void Dispose()
    {
        timer.Dispose();
        over.Dispose();
    }

    internal readonly struct Wait(Deadline deadline, CancellationTokenRegistration cut) : IDisposable
    {
        public CancellationToken Token => deadline.over.Token;

        public void Dispose()
        {
            deadline.timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            cut.Dispose();
        }
    }
}
