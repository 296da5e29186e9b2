using System.Diagnostics.Metrics;
using ProactiveCare.Audit;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>Reads a file in batches that are stored in one transaction each.</summary>
internal interface IBatchReader
{
    long BytesRead { get; }

    /// <summary>Whether the last batch has been read.</summary>
    bool Ended { get; }

    IBatch? Next();
}

/// <summary>Some rows of a file, read and checked.</summary>
internal interface IBatch
{
    /// <summary>One of <see cref="Import.Kinds"/>.</summary>
    string Kind { get; }

    /// <summary>Whether it needs an exclusive transaction.</summary>
    bool Alone { get; }

    /// <summary>
    /// Stores the good rows in the caller's transaction, counts all of them and reports the bad ones.
    /// </summary>
    void Store(DbConnection db, Instant now, Tally tally);

    /// <summary>Whether rows with the same ids were stored after an instant.</summary>
    bool IsOlder(DbConnection db, Instant at);
}

/// <summary>Stores batches of any kind.</summary>
internal static class Batches
{
    /// <summary>Stores a batch, with the viewing days of what it numbers.</summary>
    public static void Store(this IBatch batch, DbConnection db, Store store, Instant now, Tally tally)
    {
        batch.Store(db, now, tally);
        if (batch.Kind == "sessions") ViewingDays.Assign(db, store.CompanyZone, tally.Numbered);
    }
}

/// <summary>The counts of rows, updated while they are stored.</summary>
internal sealed class Tally
{
    private readonly long[] counts = new long[4];

    public List<SetAside> Quarantined { get; } = [];

    /// <summary>Rows that are stored without a value that cannot be used.</summary>
    public List<QuarantinedLine> LeftOut { get; } = [];

    public long Received => counts.Sum();

    /// <summary>The rows that got an arrival number while they were stored.</summary>
    public long Numbered { get; set; }

    public long this[Reception reception] => counts[(int)reception];

    public void Count(Receipt receipt, long line, ReceivedRow content)
    {
        counts[(int)receipt.Reception]++;
        if (receipt.Reception == Reception.Refused) Quarantined.Add(new SetAside(line, receipt.Reason!, content));
    }

    public void Count(Reception reception, long rows) => counts[(int)reception] += rows;
}

/// <summary>The record of one import: its counts and quarantined rows are stored in the transaction of each batch. It
/// is opened with the first batch and closed with the last, so that a small import costs one commit.</summary>
internal sealed class ImportBook(Store store, ImportRequest request, TimeProvider time)
{
    private static readonly Counter<long> Rows = Instruments.Meter("Telemetry").CreateCounter<long>(
        "proactive_care.telemetry.rows", "{row}", "Rows received, by kind and outcome.");

    private const int FirstFew = 10;
    private const long Hour = 3_600_000;

    private readonly long[] counts = new long[4];
    private readonly List<QuarantinedLine> firstQuarantined = [];
    private readonly List<QuarantinedLine> firstLeftOut = [];
    private long leftOut;
    private long? id;

    /// <summary>Rows stored or quarantined so far.</summary>
    public long Received => counts.Sum();

    /// <summary>The counts.</summary>
    public ImportResult Result => new(
        id!.Value, Received, counts[(int)Reception.Stored], counts[(int)Reception.Revised],
        counts[(int)Reception.Duplicate], counts[(int)Reception.Refused], firstQuarantined)
    {
        LeftOut = leftOut,
        FirstLeftOut = firstLeftOut,
    };

    /// <summary>Stores a batch, if any, and closes the record with the last.</summary>
    public async Task Store(IBatch? batch, bool last)
    {
        var (record, tally) = await (batch?.Alone == true
            ? store.Write(db => Store(db, batch, last))
            : store.Share(db => Store(db, batch, last)));
        id = record;
        foreach (var reception in Enum.GetValues<Reception>())
        {
            counts[(int)reception] += tally[reception];
            Rows.Count(
                tally[reception], Instruments.Tag("kind", request.Kind),
                Instruments.Tag("outcome", reception == Reception.Refused
                    ? "quarantined"
                    : reception.ToString().ToLowerInvariant()));
        }
        firstQuarantined.AddRange(tally.Quarantined.Take(FirstFew - firstQuarantined.Count).Select(row => row.InShort));
        firstLeftOut.AddRange(tally.LeftOut.Take(FirstFew - firstLeftOut.Count));
        leftOut += tally.LeftOut.Count;
        // Posts come many per second; the worker numbers their rows together.
        if (!request.Posted) await Numbering.Run(store);
    }

    private (long Record, Tally Tally) Store(DbConnection db, IBatch? batch, bool last)
    {
        var (now, tally) = (time.Now(), new Tally());
        batch?.Store(db, store, now, tally);
        var record = id ?? (request.Posted ? Posted(db, now) : Opened(db, now));
        Quarantine.Add(db, record, tally.Quarantined, now);
        var counted = Count(db, record, tally, request.Posted || last ? now : null);
        if (last && !request.Posted) Tell(db, "import.run", record, counted, now);
        return (record, tally);
    }

    private static Counts Count(DbConnection db, long record, Tally tally, Instant? finished) =>
        db.QuerySingle<Counts>(
        """
        UPDATE import
        SET received = received + @Received, stored = stored + @stored, revised = revised + @revised,
          duplicate = duplicate + @duplicate, quarantined = quarantined + @refused, finished_at = @finished
        WHERE import_id = @record
        RETURNING received, stored, revised, duplicate, quarantined
        """,
        new
        {
            record,
            finished,
            tally.Received,
            stored = tally[Reception.Stored],
            revised = tally[Reception.Revised],
            duplicate = tally[Reception.Duplicate],
            refused = tally[Reception.Refused],
        });

    private long Posted(DbConnection db, Instant now)
    {
        var hour = now.ToUnixTimeMilliseconds() / Hour;
        var known = db.QuerySingleOrDefault<long?>(
            """
            SELECT import_id FROM import
            WHERE source = @Source AND kind = @Kind AND posted_hour = @hour
            """,
            new { request.Source, request.Kind, hour });
        if (known is not null) return known.Value;
        var record = Opened(db, now, hour);
        Tell(db, "import.posted", record, new { request.Source, request.Kind }, now);
        return record;
    }

    private long Opened(DbConnection db, Instant now, long? hour = null) => db.ExecuteScalar<long>(
        """
        INSERT INTO import (kind, source, file, actor_id, started_at, posted_hour)
        VALUES (@Kind, @Source, @FileName, @Actor, @now, @hour)
        RETURNING import_id
        """,
        new { request.Kind, request.Source, request.FileName, request.Actor, now, hour });

    private void Tell(DbConnection db, string action, long record, object detail, Instant now) =>
        AuditLog.Append(db, new AuditEvent(request.Actor, action, $"import:{record}", detail), now);

    private sealed record Counts(long Received, long Stored, long Revised, long Duplicate, long Quarantined);
}
