using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Telemetry;

/// <summary>What operators do to bring data in.</summary>
public sealed class ImportOperations(Store store, TimeProvider time)
{
    /// <summary>Imports one file.</summary>
    /// <param name="by">Who imports.</param>
    /// <param name="kind">One of <see cref="Import.Kinds"/>.</param>
    /// <param name="name">The file's name as people know it.</param>
    /// <param name="source">The producer that the ids belong to.</param>
    /// <param name="content">The file.</param>
    /// <param name="stop">Ends it; the batches stored before stay, counted.</param>
    /// <exception cref="RefusedException">Refused.</exception>
    public Task<ImportResult> Run(
        Actor by, string kind, string name, string source, Stream content, CancellationToken stop)
    {
        by.Require(Role.Operator);
        return Import.Run(store, new ImportRequest(kind, name, source, by.Id), content, time, stop: stop);
    }
}
