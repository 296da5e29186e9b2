using System.Text;
using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>Imports texts into an installation as a command line would.</summary>
internal static class Importing
{
    public const string SessionHeader =
        "session_id,customer_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,stall_count,"
        + "startup_failed";

    public static ImportResult Import(
        this Installed here, string kind, string text, string file = "rows", string source = "import") =>
        here.Import(kind, Encoding.UTF8.GetBytes(text), file, source);

    public static ImportResult Import(
        this Installed here, string kind, byte[] bytes, string file = "rows", string source = "import")
    {
        using var stream = new MemoryStream(bytes);
        return here.Import(kind, stream, file, source);
    }

    public static ImportResult Import(
        this Installed here, string kind, Stream stream, string file = "rows", string source = "import")
    {
        var by = here.Write(db => Actors.System(db, here.Clock.Now()));
        return ProactiveCare.Telemetry.Import
            .Run(here.Store, new ImportRequest(kind, file, source, by), stream, here.Clock)
            .GetAwaiter().GetResult();
    }

    public static string Counts(this ImportResult r) =>
        $"{r.Received} = {r.Stored} stored + {r.Revised} revised + {r.Duplicate} duplicate + "
        + $"{r.Quarantined} quarantined";

    public static string Session(string id, string watch = "600", string stall = "0") =>
        $"{id},c1,v1,Film,2026-03-14T10:00:00Z,2026-03-14T11:00:00Z,{watch},{stall},0,false";

    public static T One<T>(this Installed here, string sql) => here.Read(db => db.QuerySingle<T>(sql));
}
