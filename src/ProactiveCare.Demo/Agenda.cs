using NodaTime;

namespace ProactiveCare.Demo;

/// <summary>What is to happen when: time jumps from one thing that is due to the next.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Entry, (Instant At, int Rank, int Order)> entries = new();
    private int order;

    /// <summary>Enters something that happens once.</summary>
    /// <param name="at">When.</param>
    /// <param name="rank">What comes first at the same instant.</param>
    /// <param name="act">What happens.</param>
    public void Once(Instant at, int rank, Func<Task> act) => Enter(at, rank, new Entry(act, null));

    /// <summary>Enters something that happens again and again.</summary>
    /// <param name="next">The next time after an instant.</param>
    /// <param name="after">Where the first time is looked for.</param>
    /// <param name="rank">What comes first at the same instant.</param>
    /// <param name="act">What happens.</param>
    public void Always(Func<Instant, Instant> next, Instant after, int rank, Func<Task> act) =>
        Enter(next(after), rank, new Entry(act, next));

    /// <summary>Lets everything happen up to an instant, in order.</summary>
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
