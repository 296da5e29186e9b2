namespace ProactiveCare.Demo;

/// <summary>A queue of timed events: simulated time jumps from one due event to the next.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Entry, (Instant At, int Rank, int Order)> entries = new();
    private int order;

    /// <summary>Enters a single event.</summary>
    /// <param name="at">The time.</param>
    /// <param name="rank">The order among events of the same instant.</param>
    /// <param name="act">The action.</param>
    public void Once(Instant at, int rank, Func<Task> act) => Enter(at, rank, new Entry(act, null));

    /// <summary>Enters a recurring event.</summary>
    /// <param name="next">Returns the next time after an instant.</param>
    /// <param name="after">The instant after which the first time lies.</param>
    /// <param name="rank">The order among events of the same instant.</param>
    /// <param name="act">The action.</param>
    public void Always(Func<Instant, Instant> next, Instant after, int rank, Func<Task> act) =>
        Enter(next(after), rank, new Entry(act, next));

    /// <summary>Runs all events up to an instant, in order.</summary>
    public async Task Live(Instant until, Action<Instant> now, CancellationToken stop)
    {
        while (entries.TryPeek(out var entry, out var due) && due.At <= until)
        {
            stop.ThrowIfCancellationRequested();
            entries.Dequeue();
            now(due.At);
            await entry.Act();
            if (entry.Next is { } next) Enter(next(due.At), due.Rank, entry);
        }
    }

    private void Enter(Instant at, int rank, Entry entry) => entries.Enqueue(entry, (at, rank, order++));

    private sealed record Entry(Func<Task> Act, Func<Instant, Instant>? Next);
}
