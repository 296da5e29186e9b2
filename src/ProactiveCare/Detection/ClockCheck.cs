namespace ProactiveCare.Detection;

/// <summary>Finds and mends what a clock left behind that was ahead: times beyond the present, which would hold work
/// back until they come.</summary>
public static class ClockCheck
{
    // Clocks of nodes differ by less than a second, and a commit may take a while.
    private static readonly Duration Tolerance = Duration.FromSeconds(10);

    // Night is over by then, and the longest pause between two attempts is an hour.
    private static readonly Duration LongestHold = Duration.FromHours(26);

    /// <summary>The latest end of a run that lies beyond the present; null when there is none.</summary>
    /// <param name="db">A snapshot.</param>
    /// <param name="now">The present.</param>
    /// <param name="job">One job; null for all.</param>
    public static Instant? LastAhead(DbConnection db, Instant now, JobId? job = null) =>
        db.ExecuteScalar<long?>(
            // Concatenated, the job's own index does not serve: it would read all of its runs.
            "SELECT MAX(finished_at) FROM run WHERE finished_at > @late"
                + (job is null ? "" : " AND job_id || '' = @job"),
            new { late = now + Tolerance, job }) is { } at
            ? Instant.FromUnixTimeMilliseconds(at)
            : null;

    /// <summary>Shortens leases and waiting times that end later than one that begins now. That is safe: every write
    /// under a lease names its fence, and whether a mail may leave is decided again when it is due.</summary>
    /// <returns>How many were shortened.</returns>
    public static int Mend(DbConnection db, Duration noticeLease, Instant now)
    {
        var late = now + Tolerance;
        var times = new
        {
            now,
            late,
            run = now + LeaseOwner.Lease,
            runs = late + LeaseOwner.Lease,
            notice = now + noticeLease,
            notices = late + noticeLease,
            far = now + LongestHold,
        };
        var mended = db.Execute(
            """
            UPDATE run SET lease_until_at = @run WHERE state IN ('stored', 'staged') AND lease_until_at > @runs
            """,
            times);
        mended += db.Execute(
            """
            UPDATE run_shard SET lease_until_at = @run WHERE lease_until_at > @runs
              AND run_id IN (SELECT run_id FROM run WHERE state IN ('stored', 'staged'))
            """,
            times);
        mended += db.Execute(
            "UPDATE notice SET lease_until_at = @notice WHERE state = 'sending' AND lease_until_at > @notices", times);
        mended += db.Execute(
            """
            UPDATE notice SET next_attempt_at = @now WHERE urgency IN ('urgent', 'normal') AND next_attempt_at > @far
              AND (not_before_at IS NULL OR not_before_at <= @now)
            """,
            times);
        if (LastAhead(db, now) is null) return mended;
        return mended + db.Execute(
            """
            UPDATE notice SET next_attempt_at = @now WHERE urgency IN ('urgent', 'normal') AND next_attempt_at > @late
              AND queued_at > @late AND next_attempt_at >= queued_at
              AND (not_before_at IS NULL OR not_before_at <= @now)
            """,
            times);
    }
}
