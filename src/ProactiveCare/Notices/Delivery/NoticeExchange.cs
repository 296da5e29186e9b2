using System.Data.Common;
using NodaTime;
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
