using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Reads a file in batches that are stored one transaction each.</summary>
internal interface IBatchReader
{
    long BytesRead { get; }

    IBatch? Next();
}

/// <summary>Some rows of a file, read and checked.</summary>
internal interface IBatch
{
    /// <summary>Stores the good rows in the caller's transaction, counts all of them and names the bad ones.</summary>
    void Store(DbConnection db, Instant now, Tally tally);
}

/// <summary>What became of rows, counted while they are stored.</summary>
internal sealed class Tally
{
    private readonly long[] counts = new long[4];

    public List<QuarantinedLine> Quarantined { get; } = [];

    public long Received => counts.Sum();

    public long this[Reception reception] => counts[(int)reception];

    public void Count(Receipt receipt, long line, string content)
    {
        counts[(int)receipt.Reception]++;
        if (receipt.Reception == Reception.Refused)
            Quarantined.Add(new QuarantinedLine(line, receipt.Reason!, content));
    }
}

/// <summary>
/// The record of one import: its counts and the rows set aside move in the transaction of each batch.
/// </summary>
internal sealed class ImportBook
{
    private const int FirstFew = 10;

    private readonly Store store;
    private readonly ImportRequest request;
    private readonly TimeProvider time;
    private readonly long id;
    private readonly List<QuarantinedLine> firstQuarantined = [];

    private ImportBook(Store store, ImportRequest request, TimeProvider time, long id)
    {
        this.store = store;
        this.request = request;
        this.time = time;
        this.id = id;
    }

    /// <summary>Rows stored or set aside by now.</summary>
    public long Received { get; private set; }

    public static async Task<ImportBook> Open(Store store, ImportRequest request, TimeProvider time)
    {
        var opened = await store.Write(db => db.ExecuteScalar<long>(
            """
            INSERT INTO import (kind, source, file, actor_id, started_at)
            VALUES (@Kind, @Source, @FileName, @Actor, @now)
            RETURNING import_id
            """,
            new { request.Kind, request.Source, request.FileName, request.Actor, now = time.Now() }));
        return new ImportBook(store, request, time, opened);
    }

    public async Task Store(IBatch batch)
    {
        var tally = await store.Write(db =>
        {
            var tally = new Tally();
            batch.Store(db, time.Now(), tally);
            db.Execute(
                "INSERT INTO quarantine (import_id, line, reason, content) VALUES (@id, @Line, @Reason, @Content)",
                tally.Quarantined.Select(q => new { id, q.Line, q.Reason, q.Content }));
            db.Execute(
                """
                UPDATE import
                SET received = received + @Received, stored = stored + @stored, revised = revised + @revised,
                  duplicate = duplicate + @duplicate, quarantined = quarantined + @refused
                WHERE import_id = @id
                """,
                new
                {
                    id,
                    tally.Received,
                    stored = tally[Reception.Stored],
                    revised = tally[Reception.Revised],
                    duplicate = tally[Reception.Duplicate],
                    refused = tally[Reception.Refused],
                });
            return tally;
        });
        Received += tally.Received;
        firstQuarantined.AddRange(tally.Quarantined.Take(FirstFew - firstQuarantined.Count));
    }

    public Task<ImportResult> Close() => store.Write(db =>
    {
        var counts = db.QuerySingle<Counts>(
            """
            UPDATE import SET finished_at = @now WHERE import_id = @id
            RETURNING received, stored, revised, duplicate, quarantined
            """,
            new { id, now = time.Now() });
        Trail.Write(db, new Deed(request.Actor, "import.run", $"import:{id}", counts), time.Now());
        return new ImportResult(
            id, counts.Received, counts.Stored, counts.Revised, counts.Duplicate, counts.Quarantined, firstQuarantined);
    });

    private sealed record Counts(long Received, long Stored, long Revised, long Duplicate, long Quarantined);
}
