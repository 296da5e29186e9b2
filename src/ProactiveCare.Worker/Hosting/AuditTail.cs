using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Copies every new line of the audit log to the log, whichever process stored it: andons, pauses, approvals,
/// imports, accepted and changed jobs, refund files, bounces, refusals.</summary>
internal sealed class AuditTail(Store store, ILogger log)
{
    // Where nodes share a database, a line may become visible after lines with higher numbers.
    private const int Overlap = 200;

    private readonly HashSet<long> seen = [];
    private long? newest;

    /// <summary>Logs the lines since the last call; the first call only notes where the audit log ends.</summary>
    public void LogNew()
    {
        var first = newest is null;
        newest ??= store.Read(AuditLog.Newest);
        foreach (var line in store.Read(db => AuditLog.After(db, newest.Value - Overlap)))
        {
            if (!seen.Add(line.Id)) continue;
            newest = Math.Max(newest.Value, line.Id);
            if (!first) Log(line);
        }
        seen.RemoveWhere(id => id <= newest - Overlap);
    }

    private void Log(AuditEntry line)
    {
        var level = line.Action.EndsWith(".refuse", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Information;
        log.Log(level, "{Actor}: {Action} {Target} {Detail}", line.Actor, line.Action, line.Target, line.Detail);
    }
}
