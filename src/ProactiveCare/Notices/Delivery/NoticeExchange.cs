using ProactiveCare.Audit;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>A mail whose send has ended.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Result">The result.</param>
/// <param name="Wait">The delay before a next attempt.</param>
internal sealed record Ended(Claim Claim, SendResult Result, Duration Wait);

/// <summary>The result of one transaction with the outbox.</summary>
/// <param name="Claims">New claims, in the order of sending.</param>
/// <param name="Stored">The results as stored for their notices.</param>
/// <param name="Lost">The number of notices whose sender died.</param>
internal sealed record Exchanged(List<Claim> Claims, List<Aftermath> Stored, int Lost);

/// <summary>Delivery's access to the outbox: one transaction stores results and claims the next notices, so that they
/// share a commit. Results that could not be stored are kept for the next transaction.</summary>
internal sealed class NoticeExchange(Store store, NoticeRenderer renderer, TimeProvider time)
{
    private readonly Lock guard = new();
    private readonly List<Ended> unstored = [];
    private bool begun;

    /// <summary>Whether only mail to staff is claimed.</summary>
    public bool StaffOnly { get; set; }

    /// <summary>Stores results, and claims the next due notices.</summary>
    /// <param name="ended">The results.</param>
    /// <param name="most">The maximum number of claims; 0 for none.</param>
    /// <param name="alive">Notices that this process is sending now: not lost, however old their claims. Null skips the
    /// search for lost ones.</param>
    public async Task<Exchanged> Turn(List<Ended> ended, int most, HashSet<NoticeId>? alive)
    {
        bool first;
        lock (guard)
        {
            (first, begun) = (!begun, true);
            ended = [.. unstored, .. ended];
            unstored.Clear();
        }
        List<Claim> claims = [];
        try
        {
            return await store.Share(db =>
            {
                // A retried transaction discards the claims of the attempt before.
                claims = [];
                var now = time.Now();
                var stored = NoticeResults.Store(db, ended, renderer.Settings, now);
                var lost = alive is null ? 0 : Sweep(db, first && !store.IsShared ? null : alive, now);
                claims = NoticeClaims.Take(db, renderer, most, StaffOnly, now);
                return new Exchanged(claims, stored, lost);
            });
        }
        catch
        {
            if (first) begun = false;
            // The commit is uncertain. Releasing a claim that was not committed changes nothing.
            Keep(ended);
            Keep(claims.Where(claim => claim.Mail is not null).Select(claim =>
                new Ended(claim, new(SendOutcome.NotSent, "The claim was not confirmed."), Duration.Zero)));
            throw;
        }
    }

    // A database file has one worker: before its first claim, nobody is sending notices in "sending". On a server they
    // may be another node's, and only the lease decides.
    private int Sweep(DbConnection db, HashSet<NoticeId>? alive, Instant now) =>
        NoticeResults.Sweep(db, renderer.Settings, alive, now);

    /// <summary>Keeps results for the next transaction.</summary>
    public void Keep(IEnumerable<Ended> ended)
    {
        lock (guard) unstored.AddRange(ended);
    }
}

/// <summary>The state of a notice after a send.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">The reason, where it is not simply sent or queued.</param>
/// <param name="NextAttempt">When it is tried again; null for never.</param>
/// <param name="Counts">Whether the attempt counts against the notice; failures of the relay do not.</param>
internal sealed record Aftermath(NoticeState State, string? Reason, Instant? NextAttempt, bool Counts = true);

/// <summary>The history of a notice at a send.</summary>
internal sealed record Tried(string Topic, long Attempts, bool WasUncertain);

/// <summary>Decides and stores the effect of a result on its notice.</summary>
internal static class NoticeResults
{
    /// <summary>Decides the effect of a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="notice">The topic, the attempts including this one, and whether an earlier one may have
    /// arrived.</param>
    /// <param name="settings">The company's rules.</param>
    /// <param name="later">The time of the next attempt.</param>
    public static Aftermath Decide(SendResult result, Tried notice, NoticeSettings settings, Instant later)
    {
        var spent = notice.Attempts >= settings.MaxAttempts;
        var perhaps = notice.WasUncertain ? "; an earlier attempt may have arrived" : "";
        // A later refusal does not end the uncertainty of an earlier attempt.
        var open = notice.WasUncertain ? NoticeState.Uncertain : NoticeState.Queued;
        return result.Outcome switch
        {
            SendOutcome.Accepted => new(NoticeState.Sent, null, null),
            SendOutcome.RejectedFinal =>
                new(NoticeState.Bounced, $"{NoticeReason.Refused}: {result.Reply}{perhaps}", null),
            SendOutcome.RejectedRetry when spent =>
                new(NoticeState.Bounced,
                    $"{NoticeReason.GivenUp} after {notice.Attempts} attempts: {result.Reply}{perhaps}",
                    null),
            SendOutcome.RejectedRetry => new(open, null, later),
            SendOutcome.NotSent => new(open, null, later, Counts: false),
            SendOutcome.Uncertain when settings.HoldUncertain.Contains(notice.Topic) =>
                new(NoticeState.Uncertain, $"{NoticeReason.WaitsForPerson}: it may have arrived", null),
            SendOutcome.Uncertain when spent =>
                new(NoticeState.Uncertain, $"{NoticeReason.MayHaveArrived}; given up after {notice.Attempts} attempts",
                    null),
            SendOutcome.Uncertain => new(NoticeState.Uncertain, null, later),
            _ => throw new InvalidOperationException($"{result.Outcome} is not an outcome."),
        };
    }

    /// <summary>Stores results. A result after the end of its lease, when another node has claimed the notice, changes
    /// nothing; attempts decrease only with the result of their own claim, so lease and attempts identify one
    /// claim.</summary>
    /// <returns>The states of the notices, without those that others have claimed.</returns>
    public static List<Aftermath> Store(DbConnection db, List<Ended> ended, NoticeSettings settings, Instant now)
    {
        if (ended.Count == 0) return [];
        using var store = Statement.Of(db,
            """
            UPDATE notice SET state = ?1, reason = ?2, next_attempt_at = ?3, lease_until_at = NULL,
              attempts = attempts - ?4, uncertain_count = uncertain_count + ?5, relay_reply = ?6, sent_at = ?7
            WHERE notice_id = ?8 AND state IN ('sending', 'uncertain') AND lease_until_at = ?9 AND attempts = ?10
            """);
        var all = new List<Aftermath>(ended.Count);
        foreach (var (claim, result, wait) in ended)
        {
            var attempts = claim.Notice.Attempts + 1;
            var tried = new Tried(claim.Notice.Topic, attempts, claim.Notice.State == NoticeState.Uncertain);
            var after = Decide(result, tried, settings, now + wait);
            store.Bind(1, after.State.Text);
            store.Bind(2, after.Reason);
            store.Bind(3, after.NextAttempt?.ToUnixTimeMilliseconds());
            store.Bind(4, after.Counts ? 0L : 1L);
            store.Bind(5, result.Outcome == SendOutcome.Uncertain ? 1L : 0L);
            store.Bind(6, result.Reply);
            store.Bind(7, after.State == NoticeState.Sent ? now.ToUnixTimeMilliseconds() : null);
            store.Bind(8, claim.Notice.NoticeId.Value);
            store.Bind(9, claim.LeaseUntil.ToUnixTimeMilliseconds());
            store.Bind(10, attempts);
            if (store.Execute() == 0) continue;
            all.Add(after);
            if (after.Reason is not null)
                Audit(db, claim.Notice.NoticeId.ToString(), after.State, after.Reason, now);
        }
        return all;
    }

    /// <summary>Marks notices whose sender died during a send: they may have been accepted.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="settings">The company's rules.</param>
    /// <param name="alive">Those whose sender is alive, whatever their lease says; null for none.</param>
    /// <param name="now">The present.</param>
    public static int Sweep(DbConnection db, NoticeSettings settings, HashSet<NoticeId>? alive, Instant now)
    {
        var lost = db.Query<LostNotice>(
            """
            SELECT notice_id, topic, attempts, lease_until_at FROM notice
            WHERE state = 'sending' AND (@all = 1 OR lease_until_at <= @now)
            """,
            new { now, all = alive is null }).Where(notice => alive?.Contains(notice.NoticeId) != true).ToList();
        var count = 0;
        foreach (var notice in lost)
        {
            var result = new SendResult(SendOutcome.Uncertain, "The worker stopped while the mail was under way.");
            var after = Decide(result, new(notice.Topic, notice.Attempts, WasUncertain: true), settings, now);
            // Another node may have marked it, or stored its result, meanwhile.
            var changed = db.Execute(
                """
                UPDATE notice SET state = @State, reason = @Reason, next_attempt_at = @NextAttempt,
                  relay_reply = @Reply, uncertain_count = uncertain_count + 1
                WHERE notice_id = @NoticeId AND state = 'sending' AND lease_until_at = @LeaseUntilAt
                  AND attempts = @Attempts
                """,
                new
                {
                    after.State, after.Reason, after.NextAttempt, result.Reply, notice.NoticeId, notice.LeaseUntilAt,
                    notice.Attempts,
                });
            if (changed == 0) continue;
            count++;
            Audit(db, notice.NoticeId.ToString(), NoticeState.Uncertain, after.Reason ?? result.Reply, now);
        }
        return count;
    }

    private static void Audit(DbConnection db, string id, NoticeState state, string reason, Instant now) =>
        AuditLog.Append(db, new(Actors.System(db, now), "notice." + state, "notice:" + id, new { reason }), now);

    private sealed record LostNotice(NoticeId NoticeId, string Topic, long Attempts, Instant LeaseUntilAt);
}
