using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Notices.Words;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Delivery;

/// <summary>A mail whose send has ended.</summary>
/// <param name="Claim">Which.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Wait">How long until it would be tried again.</param>
internal sealed record Ended(Claim Claim, SendResult Result, Duration Wait);

/// <summary>What one transaction with the outbox came to.</summary>
/// <param name="Claims">Taken now, in the order in which they are to be sent.</param>
/// <param name="Stored">Where the results left their notices.</param>
/// <param name="Lost">Notices of senders that went away.</param>
internal sealed record Exchanged(List<Claim> Claims, List<Aftermath> Stored, int Lost);

/// <summary>
/// The outbox as delivery sees it: results go in and the next claims come out in one transaction, so that a commit is
/// shared by both. What could not be stored is kept and stored with the next.
/// </summary>
internal sealed class NoticeExchange(Store store, NoticeRenderer renderer, TimeProvider time)
{
    private readonly Lock guard = new();
    private readonly List<Ended> unstored = [];
    private bool begun;

    /// <summary>Stores how sends ended, and takes the next due notices.</summary>
    /// <param name="ended">Ended sends.</param>
    /// <param name="most">How many to take; 0 for none.</param>
    /// <param name="alive">
    /// Notices that this process is sending now: not lost, however long ago they were claimed. Null looks for no lost
    /// ones.
    /// </param>
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
                // Done again, nothing is left of what was taken before.
                claims = [];
                var now = time.Now();
                var stored = NoticeResults.Store(db, ended, renderer.Settings, now);
                var lost = alive is null ? 0 : Sweep(db, first && !store.IsShared ? null : alive, now);
                claims = NoticeClaims.Take(db, renderer, most, now);
                return new Exchanged(claims, stored, lost);
            });
        }
        catch
        {
            if (first) begun = false;
            // Whether it was committed is not known. Giving back a claim that was not changes nothing.
            Keep(ended);
            Keep(claims.Where(claim => claim.Mail is not null).Select(claim =>
                new Ended(claim, new(SendOutcome.NotSent, "The claim was not confirmed."), Duration.Zero)));
            throw;
        }
    }

    // A database file has one worker: what is "sending" before this one has taken anything, nobody sends any more. On a
    // server it may be another node's, and only its lease can tell.
    private int Sweep(DbConnection db, HashSet<NoticeId>? alive, Instant now) =>
        NoticeResults.Sweep(db, renderer.Settings, alive, now);

    /// <summary>Keeps results for the next turn.</summary>
    public void Keep(IEnumerable<Ended> ended)
    {
        lock (guard) unstored.AddRange(ended);
    }
}

/// <summary>Where a send leaves its notice.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why, where it is not simply sent or queued.</param>
/// <param name="NextAttempt">When it is tried again; null for never.</param>
/// <param name="Counts">Whether the attempt counts against the notice; the relay's troubles do not.</param>
internal sealed record Aftermath(NoticeState State, string? Reason, Instant? NextAttempt, bool Counts = true);

/// <summary>What is known of a notice that was tried.</summary>
internal sealed record Tried(string Topic, long Attempts, bool WasUncertain);

/// <summary>Decides and stores what a send's outcome means for its notice.</summary>
internal static class NoticeResults
{
    /// <summary>What follows from an outcome.</summary>
    /// <param name="result">How the send ended.</param>
    /// <param name="notice">
    /// The notice's topic, attempts so far with this one, and whether an earlier one may have arrived.
    /// </param>
    /// <param name="settings">The company's rules.</param>
    /// <param name="later">When the next attempt would be.</param>
    public static Aftermath Decide(SendResult result, Tried notice, NoticeSettings settings, Instant later)
    {
        var spent = notice.Attempts >= settings.MaxAttempts;
        var perhaps = notice.WasUncertain ? "; an earlier attempt may have arrived" : "";
        // A later refusal does not undo an earlier attempt of which nobody knows.
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

    /// <summary>
    /// Stores how sends ended. A result that comes when its lease is over and another has claimed the notice changes
    /// nothing; attempts only count down with the result of their own claim, so lease and attempts name one claim.
    /// </summary>
    /// <returns>Where the notices are left; those of others are not among them.</returns>
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

    /// <summary>Notices whose sender went away in the middle: they may have been taken, and nobody knows.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="settings">The company's rules.</param>
    /// <param name="alive">Those whose sender has not gone, whatever their lease says; null for none.</param>
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
            // Another node may have found the same, or stored its result, meanwhile.
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
