using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>The result of reading quarantined rows again.</summary>
/// <param name="Tried">Rows read again.</param>
/// <param name="Stored">Rows that are stored now: new, revised, or known with the same content.</param>
/// <param name="Replaced">Rows left because a later row with their id is stored.</param>
/// <param name="SetAside">Rows that stay set aside.</param>
/// <param name="FirstSetAside">The first few of those, with the reasons of now.</param>
public sealed record QuarantineRetried(
    long Tried, long Stored, long Replaced, long SetAside, IReadOnlyList<QuarantinedRow> FirstSetAside);

/// <summary>Operators' actions on quarantined rows.</summary>
public sealed class QuarantineOperations(
    Store store, Action<DbConnection, RefundReceived, ActorId> refunded, TimeProvider time)
{
    private const int AtATime = 500;
    private const int FirstFew = 10;

    /// <summary>The statuses that a customer may have; null for any.</summary>
    public IReadOnlyList<string>? CustomerStatuses { get; init; }

    /// <summary>Reads open rows again, with their source, as an import would: after a mistake of ours or of the
    /// settings is corrected. What is stored now is marked.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<QuarantineRetried> Retry(Actor by, QuarantineFilter which, CancellationToken stop)
    {
        by.Require(Role.Operator);
        var open = store.Read(db => Quarantine.Rows(db, which with { State = QuarantineState.Open }, int.MaxValue));
        // In the order in which they came: of one id the last one counts.
        var ends = new List<(KeptRow Row, QuarantineState State, string Reason)>();
        foreach (var some in open.OrderBy(row => row.Id).Chunk(AtATime))
        {
            stop.ThrowIfCancellationRequested();
            var read = new List<(KeptRow Row, IBatch? Batch, string Reason)>();
            foreach (var row in some) read.Add(await Read(row, by.Id, stop));
            ends.AddRange(await store.Write(db => Store(db, read, by.Id)));
        }
        await Numbering.Run(store, stop);
        return new QuarantineRetried(
            ends.Count, ends.Count(end => end.State == QuarantineState.Stored),
            ends.Count(end => end.State == QuarantineState.Replaced),
            ends.Count(end => end.State == QuarantineState.Open),
            [.. ends.Where(end => end.State == QuarantineState.Open).Take(FirstFew)
                .Select(end => end.Row.Shown with { Reason = end.Reason })]);
    }

    private async Task<(KeptRow Row, IBatch? Batch, string Reason)> Read(
        KeptRow row, ActorId by, CancellationToken stop)
    {
        if (!row.IsWhole) return (row, null, row.Reason);
        try
        {
            var name = row.Header is null ? "retry.ndjson" : "retry.csv";
            var request = new ImportRequest(row.Kind, name, row.Source, by)
            {
                Statuses = CustomerStatuses,
                Refunded = (db, refund) => refunded(db, refund, by),
            };
            using var file = new MemoryStream(row.AsFile);
            var batches = await Import.Open(request, file, time.Now(), stop);
            return (row, batches.Next(), row.Reason);
        }
        catch (ImportException e)
        {
            return (row, null, e.Message);
        }
    }

    private List<(KeptRow Row, QuarantineState State, string Reason)> Store(
        DbConnection db, List<(KeptRow Row, IBatch? Batch, string Reason)> read, ActorId by)
    {
        var now = time.Now();
        var ends = read.ConvertAll(each => Store(db, each, now));
        foreach (var end in ends)
        {
            db.Execute(
                """
                UPDATE quarantine SET state = @State, reason = @Reason, ended_at = @endedAt
                WHERE quarantine_id = @Id AND state = 'open'
                """,
                new
                {
                    end.State,
                    end.Reason,
                    end.Row.Id,
                    endedAt = end.State == QuarantineState.Open ? (Instant?)null : now,
                });
        }
        var counts = ends.CountBy(end => end.State).ToDictionary(count => count.Key.Text, count => count.Value);
        AuditLog.Append(
            db, new AuditEvent(by, "quarantine.retry", "quarantine", new { rows = read.Select(r => r.Row.Id), counts }),
            now);
        return ends;
    }

    private (KeptRow Row, QuarantineState State, string Reason) Store(
        DbConnection db, (KeptRow Row, IBatch? Batch, string Reason) read, Instant now)
    {
        var (row, batch, reason) = read;
        if (batch is null) return (row, QuarantineState.Open, reason);
        if (batch.IsOlder(db, row.At)) return (row, QuarantineState.Replaced, reason);
        var tally = new Tally();
        batch.Store(db, store, now, tally);
        return tally.Quarantined is [var still, ..]
            ? (row, QuarantineState.Open, still.Reason)
            : (row, tally.Received == 1 ? QuarantineState.Stored : QuarantineState.Open, reason);
    }
}
