namespace ProactiveCare.Jobs;

/// <summary>The cursor of each job, by arrival number of one store.</summary>
internal static class Cursors
{
    private const string Store = "(SELECT store_id FROM installation)";

    /// <summary>Starts a job without a cursor at the present; earlier arrivals are left to a backfill.</summary>
    public static void Start(DbConnection db, JobId job, string mode, long latest, Instant now) =>
        db.Execute(
            $"""
             INSERT INTO cursor (job_id, mode, store_id, arrival, moved_at) VALUES (@job, @mode, {Store}, @latest, @now)
             ON CONFLICT DO NOTHING
             """,
            new { job, mode, latest, now });

    public static long Get(DbConnection db, JobId job, string mode, long latest)
    {
        var (arrival, ours) = db.QuerySingleOrDefault<(long? Arrival, bool Ours)>(
            $"SELECT arrival, store_id = {Store} FROM cursor WHERE job_id = @job AND mode = @mode", new { job, mode });
        if (arrival is not { } at) throw new JobException(
            $"{job} has never been activated; accept it with: jobs accept {job}");
        if (!ours) throw new JobException($"The cursor of {job} belongs to another database; nothing was run.");
        return at <= latest
            ? at
            : throw new JobException(
                $"The cursor of {job} stands at {at}, beyond the newest arrival {latest}; nothing was run.");
    }

    /// <summary>Deletes the cursor of a job in a mode that it no longer runs in.</summary>
    public static void End(DbConnection db, JobId job, string mode) =>
        db.Execute("DELETE FROM cursor WHERE job_id = @job AND mode = @mode", new { job, mode });

    /// <summary>The cursor of a job in a mode; null when it never ran in it.</summary>
    public static long? Find(DbConnection db, JobId job, string mode) => db.ExecuteScalar<long?>(
        "SELECT arrival FROM cursor WHERE job_id = @job AND mode = @mode", new { job, mode });

    public static void Move(DbConnection db, JobId job, string mode, long to, Instant now) =>
        db.Execute(
            "UPDATE cursor SET arrival = @to, moved_at = @now WHERE job_id = @job AND mode = @mode AND arrival <= @to",
            new { job, mode, to, now });
}
