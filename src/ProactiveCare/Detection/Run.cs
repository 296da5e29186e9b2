using System.Text.Json;
using ProactiveCare.Jobs;
using ProactiveCare.Telemetry;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>The state of a run.</summary>
public sealed class RunState : Code<RunState>
{
    /// <summary>Stored, and its detection not finished.</summary>
    public static readonly RunState Stored = new("stored");

    /// <summary>Its findings are stored and not all decided.</summary>
    public static readonly RunState Staged = new("staged");

    /// <summary>All is decided and the cursor moved; final.</summary>
    public static readonly RunState Completed = new("completed");

    /// <summary>The detection failed and nothing was decided; final.</summary>
    public static readonly RunState Failed = new("failed");

    private RunState(string text) : base(text)
    {
    }
}

/// <summary>One execution of a job: stored first, then detected and decided.</summary>
/// <param name="Id">Its number.</param>
/// <param name="JobId">The job.</param>
/// <param name="Version">The version of the job that runs.</param>
/// <param name="Mode"><see cref="ProactiveCare.Mode"/>.</param>
/// <param name="Cause"><c>schedule</c>, <c>manual</c> or <c>backfill</c>.</param>
/// <param name="After">The cursor it starts from: arrivals above it.</param>
/// <param name="Upto">The newest arrival it sees.</param>
/// <param name="NextCursor">The cursor after the run is completed.</param>
/// <param name="SinceAt">The start of its window.</param>
/// <param name="NowAt">The moment of its judgement.</param>
/// <param name="LeftOut">Arrivals beyond its catch-up bound, left to a backfill.</param>
/// <param name="State">Its state.</param>
/// <param name="Found">The number of findings.</param>
/// <param name="Decided">The number of decided findings.</param>
/// <param name="NewCases">The number of findings that opened a case.</param>
/// <param name="Error">The reason of a failure.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it ended.</param>
public sealed record Run(
    RunId Id, JobId JobId, JobVersion Version, string Mode, string Cause, long After, long Upto, long NextCursor,
        Instant SinceAt,
    Instant NowAt, long LeftOut, RunState State, long Found, long Decided, long NewCases, string? Error,
        Instant StartedAt,
    Instant? FinishedAt);

/// <summary>The run table and the cursors that runs move.</summary>
public static class Runs
{
    private const string Columns =
        """
        run_id AS id, job_id, version, mode, cause, after, upto, next_cursor, since_at, now_at, left_out, state, found,
        decided, new_cases, error, started_at, finished_at
        """;

    /// <summary>Stores the next run of a job, or returns the one that a crash left unfinished.</summary>
    /// <exception cref="JobException">The job has no cursor, or it belongs to another store or lies beyond what
    /// arrived.</exception>
    public static Run Begin(DbConnection db, Job job, string mode, string cause, ActorId actor, Instant now)
    {
        if (Unfinished(db, job.Id, mode) is { } unfinished) return unfinished;
        return Insert(db, Planned(db, job, mode, cause, now), actor);
    }

    /// <summary>The next run of a job; nothing is stored.</summary>
    /// <exception cref="JobException">
    /// The job has no cursor, or it belongs to another store or lies beyond what arrived.
    /// </exception>
    public static Run Planned(DbConnection db, Job job, string mode, string cause, Instant now)
    {
        var latest = Arrivals.Latest(db);
        var cursor = Cursors.Get(db, job.Id, mode, latest);
        if (job.Detect.IsElsewhere)
        {
            // The cursor of arrivals moves as well, so that nothing waits for a job that does not read them.
            return new Run(
                default, job.Id, job.Version, mode, cause, 0, 0, latest, Windows.Next(db, job, mode, now), now, 0,
                RunState.Stored, 0, 0, 0, null, now, null);
        }
        var (after, leftOut) = CatchUp(db, job, mode, cursor, now);
        var unsettled = Arrivals.FirstUnsettled(db, after, now - job.Detect.Settle);
        return new Run(
            default, job.Id, job.Version, mode, cause, after, latest, unsettled is { } first
                ? Math.Min(first - 1, latest)
                : latest,
            now - job.Detect.Look, now, leftOut, RunState.Stored, 0, 0, 0, null, now, null);
    }

    /// <summary>Stores a run over arrivals before the cursor, and leaves the cursor unchanged.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="job">The job.</param>
    /// <param name="mode">Live or shadow.</param>
    /// <param name="from">The start of its window, by the time of receipt.</param>
    /// <param name="actor">The user who requested it.</param>
    /// <param name="now">The present.</param>
    public static Run Backfill(DbConnection db, Job job, string mode, Instant from, ActorId actor, Instant now)
    {
        if (Unfinished(db, job.Id, mode) is not null)
            throw new JobException($"{job.Id} has a run that is not finished; try again when it is.");
        var latest = Arrivals.Latest(db);
        var cursor = Cursors.Get(db, job.Id, mode, latest);
        var first = Arrivals.FirstReceivedSince(db, 0, from).First ?? latest + 1;
        return Insert(db, new Run(
            default, job.Id, job.Version, mode, "backfill", first - 1, latest, cursor,
                job.Detect.IsElsewhere ? from : Instant.Min(from, now - job.Detect.Look), now, 0,
            RunState.Stored, 0, 0, 0, null, now, null), actor);
    }

    /// <summary>
    /// Counts findings that the transaction has decided; the last ones complete the run and move the cursor. The row of
    /// the run is locked, so of two nodes that finish at the same time one completes.
    /// </summary>
    internal static Run CountDecided(DbConnection db, Run run, int count, int newCases, Instant now)
    {
        db.Execute(
            """
            UPDATE run SET decided = decided + @count, new_cases = new_cases + @newCases
            WHERE run_id = @Id AND state = 'staged'
            """,
            new { run.Id, count, newCases });
        var completed = db.Execute(
            "UPDATE run SET state = 'completed', finished_at = @now WHERE run_id = @Id AND state = 'staged' AND "
                + "decided = found",
            new { run.Id, now }) == 1;
        if (completed)
        {
            if (run.Cause != "backfill") Cursors.Move(db, run.JobId, run.Mode, run.NextCursor, now);
            db.Execute("DELETE FROM finding WHERE run_id = @Id", new { run.Id });
            db.Execute("DELETE FROM run_shard WHERE run_id = @Id", new { run.Id });
        }
        return Get(db, run.Id);
    }

    /// <summary>Runs whose detection lease has ended, or with shares of findings that no node holds.</summary>
    internal static IReadOnlyList<Run> Left(DbConnection db, Instant now) =>
        [.. db.Query<Run>(
            $"""
             SELECT {Columns} FROM run
             WHERE state IN ('stored', 'staged') AND (state = 'stored' AND lease_until_at <= @now
               OR EXISTS (
                 SELECT 1 FROM run_shard s
                 WHERE s.run_id = run.run_id AND next_number <= last_number
                   AND (s.lease_until_at IS NULL OR s.lease_until_at <= @now)))
             ORDER BY run_id
             """,
            new { now })];

    /// <summary>One run.</summary>
    public static Run Get(DbConnection db, RunId run) =>
        db.QuerySingle<Run>($"SELECT {Columns} FROM run WHERE run_id = @run", new { run });

    /// <summary>A job's newest runs, newest first; a null filters nothing.</summary>
    public static IReadOnlyList<Run> History(
        DbConnection db, JobId job, int most, RunState? state = null, TimeFrame? started = null)
    {
        var (from, until) = (started?.From, started?.Until);
        string?[] time = (started ?? TimeFrame.Ever).Conditions("started_at");
        var where = Filters.Where(["job_id = @job", state is null ? null : "state = @state", .. time]);
        return
        [
            .. db.Query<Run>(
                $"SELECT {Columns} FROM run {where} ORDER BY run_id DESC LIMIT @most",
                new { job, most, state, From = from, Until = until }),
        ];
    }

    /// <summary>The newest completed run of a schedule or by hand.</summary>
    public static Run? LastCompleted(DbConnection db, JobId job, string mode) =>
        db.QueryFirstOrDefault<Run>(
            $"""
             SELECT {Columns} FROM run
             WHERE job_id = @job AND mode = @mode AND state = 'completed' AND cause <> 'backfill'
             ORDER BY run_id DESC LIMIT 1
             """,
            new { job, mode });

    private static Run? Unfinished(DbConnection db, JobId job, string mode) =>
        db.QuerySingleOrDefault<Run>(
            $"SELECT {Columns} FROM run WHERE job_id = @job AND mode = @mode AND state IN ('stored', 'staged')",
                new { job, mode });

    // Rows received longer ago than catchUp while no run took place are left out and counted, for a backfill by hand.
    private static (long After, long LeftOut) CatchUp(DbConnection db, Job job, string mode, long cursor, Instant now)
    {
        if (LastCompleted(db, job.Id, mode) is not { } last
            || now - last.NowAt <= job.Schedule.CatchUp) return (cursor, 0);
        var caught = Arrivals.FirstReceivedSince(db, cursor, now - job.Schedule.CatchUp);
        return ((caught.First ?? Arrivals.Latest(db) + 1) - 1, caught.LeftOut.Values.Sum());
    }

    private static Run Insert(DbConnection db, Run run, ActorId actor) =>
        db.QuerySingle<Run>(
            $"""
             INSERT INTO run (job_id, version, mode, cause, actor_id, after, upto, next_cursor, since_at, now_at,
               left_out, state, started_at)
             VALUES (@JobId, @Version, @Mode, @Cause, @actor, @After, @Upto, @NextCursor, @SinceAt, @NowAt,
               @LeftOut, 'stored', @StartedAt)
             RETURNING {Columns}
             """,
            new { run.JobId, run.Version, run.Mode, run.Cause, actor, run.After, run.Upto, run.NextCursor, run.SinceAt,
                run.NowAt, run.LeftOut, run.StartedAt });
}

/// <summary>The next window of a job that queries another engine: it begins where the last completed one ended, less
/// the time in which a subject may still have been unsettled then. A failed run has no window, so the next one covers
/// it.</summary>
internal static class Windows
{
    /// <summary>The beginning, without the lateness of its source.</summary>
    public static Instant Next(DbConnection db, Job job, string mode, Instant now)
    {
        var seen = Seen(db, job.Id, mode, now);
        var from = seen.Upto is { } upto ? Instant.Max(upto - job.Detect.Settle, seen.Began) : seen.Began;
        return Instant.Max(from, now - job.Schedule.CatchUp - job.Detect.Settle);
    }

    /// <summary>The time that the newest completed run left out, because it was longer ago than <c>catchUp</c>; null
    /// when there is none.</summary>
    public static (Instant From, Instant To)? LeftOut(DbConnection db, Job job, string mode)
    {
        if (Runs.LastCompleted(db, job.Id, mode) is not { } last) return null;
        var before = Seen(db, job.Id, mode, Instant.MaxValue, last.Id);
        var seen = (before.Upto ?? before.Began) - job.Detect.Settle;
        return last.SinceAt > Instant.Max(seen, before.Began) ? (before.Upto ?? before.Began, last.SinceAt) : null;
    }

    // A job that has completed no run begins when it was first accepted: its cursor has not moved since.
    // A run by a clock that was ahead has not seen what was to come.
    private static (Instant Began, Instant? Upto) Seen(
        DbConnection db, JobId job, string mode, Instant now, RunId? before = null) =>
        db.QuerySingle<(Instant, Instant?)>(
            """
            SELECT COALESCE(
                (SELECT since_at FROM run WHERE job_id = @job AND mode = @mode AND cause <> 'backfill'
                  AND state = 'completed' ORDER BY run_id LIMIT 1),
                (SELECT moved_at FROM cursor WHERE job_id = @job AND mode = @mode)) AS began,
              (SELECT now_at FROM run WHERE job_id = @job AND mode = @mode AND cause <> 'backfill'
                AND state = 'completed' AND run_id < @before AND now_at <= @now ORDER BY run_id DESC LIMIT 1) AS upto
            """,
            new { job, mode, now, before = before?.Value ?? long.MaxValue });
}

/// <summary>The result of a detector: a customer, a subject, a service event, and evidence.</summary>
/// <param name="Subject">Its subject within the job: with job and customer, the key of a case forever.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="ServiceEvent">The event behind it, in the same words in every job that detects it.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="AmountBasis">The amount that a share refers to, in minor units; null for the purchase price.</param>
/// <param name="InDoubt">Whether it lies in the band that the job decides for the customer's benefit.</param>
/// <param name="PurchaseId">The purchase that it is about; null when it is about none.</param>
/// <param name="Evidence">Everything else that the detector returned: a JSON object.</param>
public sealed record Finding(
    string Subject, CustomerId CustomerId, string ServiceEvent, Instant OccurredAt, long? AmountBasis, bool InDoubt,
    PurchaseId? PurchaseId, string Evidence)
{
    /// <summary>A text of the evidence; null when there is none of that name.</summary>
    public string? Text(string name)
    {
        using var evidence = JsonDocument.Parse(Evidence);
        return evidence.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }
}
