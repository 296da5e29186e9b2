using NodaTime;
using ProactiveCare.Worker.Scheduling;

namespace ProactiveCare.Worker.Hosting;

/// <summary>
/// What the worker does by itself. The host gives each its rhythm, and one thread of control at a time.
/// </summary>
internal sealed record WorkerLoops
{
    /// <summary>The jobs that the clock is to wake now.</summary>
    public required Func<IReadOnlyList<JobClock>> ActiveJobs { get; init; }

    /// <summary>Works off everything due for one job.</summary>
    public required Func<JobId, CancellationToken, Task> RunJob { get; init; }

    /// <summary>Reads the jobs folder again; called once at the start and when something in it changed.</summary>
    public required Func<CancellationToken, Task> ReloadJobs { get; init; }

    /// <summary>Work that goes on all the time.</summary>
    public required IReadOnlyList<PeriodicTask> Tasks { get; init; }

    /// <summary>
    /// Sends the summary of a day; called at the set hour, and after a start later than that: it must send it once.
    /// </summary>
    public Func<LocalDate, CancellationToken, Task>? Summarise { get; init; }

    /// <summary>Where mail goes, in words, for the start-up lines.</summary>
    public required string MailGoes { get; init; }

    /// <summary>Says that there may be something to do for the chores.</summary>
    public void Wake()
    {
        foreach (var chore in Tasks) chore.Wake();
    }
}

/// <summary>A piece of work that is done in steps, again and again.</summary>
/// <param name="Name">What it is called in the log and by the health check.</param>
/// <param name="Every">How long to rest when there is nothing to do.</param>
/// <param name="Step">Does a bounded piece; says whether there is more to do at once.</param>
internal sealed record PeriodicTask(string Name, TimeSpan Every, Func<CancellationToken, Task<bool>> Step) : IDisposable
{
    private readonly SemaphoreSlim woken = new(0, 1);

    /// <summary>Ends the rest.</summary>
    public void Wake()
    {
        try
        {
            woken.Release();
        }
        catch (SemaphoreFullException)
        {
            // It was woken already.
        }
    }

    /// <summary>Rests, or is woken.</summary>
    public async Task Rest(TimeSpan pause, TimeProvider time, CancellationToken cancellation)
    {
        using var over = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        try
        {
            await woken.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => woken.Dispose();
}
