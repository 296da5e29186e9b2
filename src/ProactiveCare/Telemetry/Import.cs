using System.Diagnostics;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Customers;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>A request for an import.</summary>
/// <param name="Kind">One of <see cref="Import.Kinds"/>.</param>
/// <param name="FileName">The file's name for people; its extension helps to detect the format.</param>
/// <param name="Source">The producer that the ids belong to: telemetry is known by source and id.</param>
/// <param name="Actor">The actor of the import.</param>
public sealed record ImportRequest(string Kind, string FileName, string Source, ActorId Actor)
{
    /// <summary>The default source of rows.</summary>
    public const string DefaultSource = "import";

    /// <summary>Whether a producer posted it: rows in NDJSON, one record per producer, kind and hour.</summary>
    public bool Posted { get; init; }

    /// <summary>Called in the transaction that stores a refund given elsewhere, so that what is owed yields to it.
    /// </summary>
    public Action<DbConnection, RefundReceived>? Refunded { get; init; }

    /// <summary>The statuses that a customer may have; null for any.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }
}

/// <summary>The progress of an import.</summary>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Rows">Rows stored or quarantined.</param>
public sealed record ImportProgress(long Bytes, long Rows);

/// <summary>The counts of one import: received = stored + revised + duplicate + quarantined.</summary>
/// <param name="ImportId">The number under which <see cref="Quarantine"/> lists the quarantined rows.</param>
/// <param name="Received">Rows received.</param>
/// <param name="Stored">Rows with a new id.</param>
/// <param name="Revised">Rows with a known id and other content.</param>
/// <param name="Duplicate">Rows with a known id and the same content.</param>
/// <param name="Quarantined">Rows quarantined because of an error.</param>
/// <param name="FirstQuarantined">The first few of those.</param>
public sealed record ImportResult(
    long ImportId,
    long Received,
    long Stored,
    long Revised,
    long Duplicate,
    long Quarantined,
    IReadOnlyList<QuarantinedLine> FirstQuarantined)
{
    /// <summary>Rows that are stored without a value that cannot be used.</summary>
    public long LeftOut { get; init; }

    /// <summary>The first few of those; the reason names the value.</summary>
    public IReadOnlyList<QuarantinedLine> FirstLeftOut { get; init; } = [];
}

/// <summary>A whole file was refused, and nothing imported; the message says why, in the user's words.</summary>
public sealed class ImportException(string message) : RefusedException(message, RefusalCode.Invalid);

/// <summary>Imports files: good rows are stored in batches, bad ones quarantined with line and reason.</summary>
public static class Import
{
    private static readonly ActivitySource Activities = Instruments.Source("Telemetry");

    /// <summary>The kind of file that holds hazard alerts.</summary>
    public const string Alerts = "alerts";

    // A commit writes every index page that the ids of its rows fall on, which with random ids is nearly all of them.
    internal const int BatchRows = 20_000;

    /// <summary>The kinds that are telemetry: keyed by source and id, so that producers can send them.</summary>
    public static readonly IReadOnlyList<string> TelemetryKinds =
        [.. ProactiveCare.Telemetry.Kinds.All.Where(k => k.Numbered).Select(k => k.Name), Alerts];

    /// <summary>The kinds of files, as the command line names them.</summary>
    public static readonly IReadOnlyList<string> Kinds =
        [.. ProactiveCare.Telemetry.Kinds.All.Select(k => k.Name), Alerts];

    /// <summary>Imports the rest of a stream. While one batch is stored the next one is read.</summary>
    /// <exception cref="ImportException">The file is not of its kind: nothing was imported.</exception>
    /// <exception cref="StorageException">A batch was not confirmed: the earlier ones stay, counted.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: the earlier batches stay, counted.</exception>
    public static async Task<ImportResult> Run(
        Store store,
        ImportRequest request,
        Stream stream,
        TimeProvider time,
        IProgress<ImportProgress>? progress = null,
        CancellationToken stop = default)
    {
        if (request.Source.Length == 0 || FieldParsers.NoId(Encoding.UTF8.GetBytes(request.Source)) is not null)
            throw new ImportException(
                $"'{HarmlessText.Shown(request.Source)}' is no name of a source: use letters and digits.");
        var batches = await Open(request, stream, time.Now(), stop);
        using var activity = Activities.StartActivity("telemetry.import");
        activity?.SetTag("kind", request.Kind);
        var book = new ImportBook(store, request, time);
        var storing = Task.CompletedTask;
        try
        {
            do
            {
                var batch = batches.Next();
                await storing;
                progress?.Report(new ImportProgress(batches.BytesRead, book.Received));
                stop.ThrowIfCancellationRequested();
                storing = book.Store(batch, last: batches.Ended);
            }
            while (!batches.Ended);
        }
        finally
        {
            // The stream may fail while the previous batch, which counts, is being stored.
            await storing;
        }
        progress?.Report(new ImportProgress(batches.BytesRead, book.Received));
        return book.Result;
    }

    /// <summary>Reads the beginning of a file.</summary>
    /// <exception cref="ImportException">The file is not of its kind.</exception>
    internal static async Task<IBatchReader> Open(
        ImportRequest request, Stream stream, Instant now, CancellationToken stop) =>
        request.Kind == Alerts
            ? await AlertBatches.Read(stream, request.Source, now, stop)
            : new RowBatches(stream, request, Kind(request.Kind), now);

    private static Kind Kind(string name) =>
        ProactiveCare.Telemetry.Kinds.All.FirstOrDefault(k => k.Name == name)
        ?? throw new ImportException(
            $"'{HarmlessText.Shown(name)}' is no kind of file: choose from {string.Join(", ", Kinds)}.");
}

/// <summary>Operators' imports.</summary>
public sealed class ImportOperations(
    Store store, Action<DbConnection, RefundReceived, ActorId> refunded, TimeProvider time)
{
    /// <summary>The statuses that a customer may have; null for any.</summary>
    public IReadOnlyList<string>? CustomerStatuses { get; init; }

    /// <summary>Imports one file.</summary>
    /// <param name="by">The actor of the import.</param>
    /// <param name="kind">One of <see cref="Import.Kinds"/>.</param>
    /// <param name="name">The file's name for people.</param>
    /// <param name="source">The producer that the ids belong to.</param>
    /// <param name="content">The file.</param>
    /// <param name="stop">Cancels it; the earlier batches stay, counted.</param>
    /// <exception cref="RefusedException">Refused.</exception>
    public Task<ImportResult> Run(
        Actor by, string kind, string name, string source, Stream content, CancellationToken stop)
    {
        by.Require(Role.Operator);
        var request = new ImportRequest(kind, name, source, by.Id)
        {
            Statuses = CustomerStatuses,
            Refunded = (db, refund) => refunded(db, refund, by.Id),
        };
        return Import.Run(store, request, content, time, stop: stop);
    }
}
