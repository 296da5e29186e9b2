using System.Data.Common;
using Dapper;

namespace ProactiveCare.Telemetry;

/// <summary>
/// The arrival numbers that a transaction gives out; saved with it, so that they have no gaps and only grow.
/// </summary>
internal sealed class ArrivalNumbers(DbConnection db)
{
    private long last = Arrivals.Latest(db);

    /// <summary>The number of the next row that is stored.</summary>
    public long Next => last + 1;

    public void Take() => last++;

    public void Save() => db.Execute("UPDATE arrival SET last = @last", new { last });
}
