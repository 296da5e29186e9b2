using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;

namespace ProactiveCare.Notices;

/// <summary>Where a send leaves its notice.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why, where it is not simply sent or queued.</param>
/// <param name="NextAttempt">When it is tried again; null for never.</param>
/// <param name="Counts">Whether the attempt counts against the notice; the relay's troubles do not.</param>
internal sealed record Aftermath(string State, string? Reason, Instant? NextAttempt, bool Counts = true);

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
        var open = notice.WasUncertain ? "uncertain" : "queued";
        return result.Outcome switch
        {
            SendOutcome.Accepted => new("sent", null, null),
            SendOutcome.RejectedFinal => new("bounced", $"{NoticeReason.Refused}: {result.Reply}{perhaps}", null),
            SendOutcome.RejectedRetry when spent =>
                new("bounced", $"{NoticeReason.GivenUp} after {notice.Attempts} attempts: {result.Reply}{perhaps}",
                    null),
            SendOutcome.RejectedRetry => new(open, null, later),
            SendOutcome.NotSent => new(open, null, later, Counts: false),
            SendOutcome.Uncertain when settings.HoldUncertain.Contains(notice.Topic) =>
                new("uncertain", $"{NoticeReason.WaitsForPerson}: it may have arrived", null),
            SendOutcome.Uncertain when spent =>
                new("uncertain", $"{NoticeReason.MayHaveArrived}; given up after {notice.Attempts} attempts", null),
            SendOutcome.Uncertain => new("uncertain", null, later),
            _ => throw new InvalidOperationException($"{result.Outcome} is not an outcome."),
        };
    }

    public static void Store(DbConnection db, Claim claim, SendResult result, Aftermath after, Instant now)
    {
        db.Execute(
            """
            UPDATE notice SET state = @State, reason = @Reason, next_attempt_at = @NextAttempt, lease_until_at = NULL,
              attempts = attempts - @uncounted, uncertain_count = uncertain_count + @unknown,
              relay_reply = @Reply, sent_at = CASE WHEN @State = 'sent' THEN @now END
            WHERE notice_id = @NoticeId AND state IN ('sending', 'uncertain') AND lease_until_at = @LeaseUntil
            """,
            new
            {
                after.State,
                after.Reason,
                after.NextAttempt,
                uncounted = after.Counts ? 0 : 1,
                unknown = result.Outcome == SendOutcome.Uncertain ? 1 : 0,
                result.Reply,
                now,
                claim.Notice.NoticeId,
                claim.LeaseUntil,
            });
        if (after.Reason is not null) Audit(db, claim.Notice.NoticeId.ToString(), after.State, after.Reason, now);
    }

    /// <summary>Notices whose sender went away in the middle: they may have been taken, and nobody knows.</summary>
    public static int Sweep(DbConnection db, NoticeSettings settings, Instant now)
    {
        var lost = db.Query<LostNotice>(
            "SELECT notice_id, topic, attempts FROM notice WHERE state = 'sending' AND lease_until_at <= @now",
            new { now }).ToList();
        foreach (var notice in lost)
        {
            var result = new SendResult(SendOutcome.Uncertain, "The worker stopped while the mail was under way.");
            var after = Decide(result, new(notice.Topic, notice.Attempts, WasUncertain: true), settings, now);
            db.Execute(
                """
                UPDATE notice SET state = @State, reason = @Reason, next_attempt_at = @NextAttempt,
                  relay_reply = @Reply, uncertain_count = uncertain_count + 1
                WHERE notice_id = @NoticeId AND state = 'sending'
                """,
                new { after.State, after.Reason, after.NextAttempt, result.Reply, notice.NoticeId });
            Audit(db, notice.NoticeId.ToString(), "uncertain", after.Reason ?? result.Reply, now);
        }
        return lost.Count;
    }

    private static void Audit(DbConnection db, string id, string state, string reason, Instant now) =>
        Trail.Write(db, new(Actors.System(db, now), "notice." + state, "notice:" + id, new { reason }), now);

    private sealed record LostNotice(Storage.NoticeId NoticeId, string Topic, long Attempts);
}
