using System.Diagnostics.Metrics;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Storage;

namespace ProactiveCare.Outcomes;

/// <summary>Pending work of one kind.</summary>
/// <param name="Queue">The stage and its state, such as <c>credits.pending</c>.</param>
/// <param name="Count">The number of items.</param>
/// <param name="OldestAt">The time when the oldest of them was created.</param>
public sealed record QueueLength(string Queue, long Count, Instant OldestAt);

/// <summary>Money that is not settled.</summary>
/// <param name="State">The state of its credits.</param>
/// <param name="Currency">Its currency.</param>
/// <param name="Minor">The sum in minor units.</param>
public sealed record OpenMoney(string State, Currency Currency, long Minor);

/// <summary>The backlog of the installation: open queues, open money, and the lag of each job.</summary>
/// <param name="Queues">Queues that are not empty.</param>
/// <param name="Money">Credits that are not settled, by state and currency.</param>
/// <param name="Lags">Unprocessed rows, by job and mode.</param>
public sealed record Backlog(
    IReadOnlyList<QueueLength> Queues, IReadOnlyList<OpenMoney> Money,
    IReadOnlyList<(ScheduledJob Job, Lag Lag)> Lags)
{
    private const string OpenCredits = "state IN ('pending', 'approved', 'settling', 'unknown', 'failed', 'debiting')";

    /// <summary>Measures the backlog now. The cost depends on open work, not on stored data.</summary>
    public static Backlog Of(DbConnection db, JobBook book)
    {
        var queues = db.Query<QueueLength>(
            $"""
             SELECT 'credits.' || state AS queue, COUNT(*) AS count, MIN(created_at) AS oldest_at
             FROM credit WHERE {OpenCredits} GROUP BY state
             UNION ALL
             SELECT 'notices.' || state, COUNT(*), MIN(queued_at)
             FROM notice WHERE next_attempt_at IS NOT NULL OR state = 'sending' GROUP BY state
             UNION ALL
             SELECT 'runs.' || state, COUNT(*), MIN(started_at)
             FROM run WHERE state IN ('stored', 'staged') GROUP BY state
             """);
        var money = db.Query<OpenMoney>(
            $"""
             SELECT state, currency, SUM(amount_minor) AS minor
             FROM credit WHERE {OpenCredits} GROUP BY state, currency
             """);
        var lags =
            from booked in JobBook.All(db)
            where booked.Present
            from due in book.Due(db, booked.Id)
            let lag = Lag.Of(db, due.Job, due.Mode)
            where lag is not null
            select (due, lag);
        return new Backlog([.. queues], [.. money], [.. lags]);
    }
}

/// <summary>Exports the backlog as gauges. All gauges of one collection come from one query of the database.</summary>
public sealed class BacklogMetrics : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Meter meter = Instruments.Meter("Outcomes");
    private readonly Store store;
    private readonly JobBook book;
    private readonly TimeProvider time;
    private (long At, Backlog? Backlog) latest;

    /// <summary>Registers the gauges for the lifetime of this object.</summary>
    public BacklogMetrics(Store store, JobBook book, TimeProvider time)
    {
        (this.store, this.book, this.time) = (store, book, time);
        Gauge("proactive_care.queue.length", "{item}", "Items that wait in a queue.",
            backlog => backlog.Queues.Select(q => new Measurement<long>(q.Count, Queue(q))));
        Gauge("proactive_care.queue.age", "s", "Age of the oldest item that waits in a queue.",
            backlog => backlog.Queues.Select(q => new Measurement<long>(Age(q.OldestAt), Queue(q))));
        Gauge("proactive_care.payments.open", "{minor_unit}", "Money of credits that are not settled.",
            backlog => backlog.Money.Select(m => new Measurement<long>(
                m.Minor, Instruments.Tag("state", m.State), Instruments.Tag("currency", m.Currency))));
        Gauge("proactive_care.job.lag", "{row}", "Rows of telemetry that a job has not looked at.",
            backlog => backlog.Lags.Select(l => new Measurement<long>(l.Lag.Rows, Job(l.Job))));
        Gauge("proactive_care.job.lag.age", "s", "Age of the oldest row that a job has not looked at.",
            backlog => backlog.Lags.Select(l => new Measurement<long>(
                l.Lag.OldestAt is { } oldest ? Age(oldest) : 0, Job(l.Job))));
    }

    /// <summary>Ends the gauges.</summary>
    public void Dispose() => meter.Dispose();

    private void Gauge(
        string name, string unit, string description, Func<Backlog, IEnumerable<Measurement<long>>> measure) =>
        meter.CreateObservableGauge(name, () => measure(Latest()), unit, description);

    private Backlog Latest()
    {
        if (latest.Backlog is not { } backlog || time.GetElapsedTime(latest.At) > Fresh)
            latest = (time.GetTimestamp(), backlog = store.Read(db => Backlog.Of(db, book)));
        return backlog;
    }

    private long Age(Instant since) => Math.Max(0, (long)(time.Now() - since).TotalSeconds);

    private static KeyValuePair<string, object?> Queue(QueueLength queue) => Instruments.Tag("queue", queue.Queue);

    private static KeyValuePair<string, object?>[] Job(ScheduledJob scheduled) =>
        [Instruments.Tag("job", scheduled.Job.Id), Instruments.Tag("mode", scheduled.Mode)];
}
