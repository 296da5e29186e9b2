using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Http;

/// <summary>
/// Stores refused keys and commands in the audit log, which the log follows. A flood of them costs a bounded number of
/// rows: those beyond it are counted in the next one that is stored.
/// </summary>
internal sealed class RefusalLog(Store store, TimeProvider time, ILogger<RefusalLog> log)
{
    private const int MostAMinute = 20;

    private readonly Lock counting = new();
    private long minute;
    private int stored;
    private long left;

    /// <param name="what"><c>key</c>, or <c>command</c> where the user is unknown or lacks the role.</param>
    /// <param name="who">The name that was given; empty when there was none.</param>
    /// <param name="from">The address of the request, or <c>socket</c>.</param>
    /// <param name="why">The text of the refusal.</param>
    public void Add(string what, string who, string from, string why)
    {
        long omitted;
        lock (counting)
        {
            var now = time.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
            if (now != minute) (minute, stored) = (now, 0);
            if (stored == MostAMinute)
            {
                left++;
                return;
            }
            stored++;
            (omitted, left) = (left, 0);
        }
        _ = Store(new { who, from, why, omitted }, what);
    }

    private async Task Store(object detail, string what)
    {
        try
        {
            await store.Write(db => AuditLog.AppendRefusal(db, what, detail, time.Now()));
        }
        catch (Exception e)
        {
            log.LogWarning("A refused {What} could not be stored in the audit log: {Reason}", what, e.Message);
        }
    }
}
