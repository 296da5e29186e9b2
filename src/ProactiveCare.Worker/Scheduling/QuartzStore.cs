using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Settings;
using Quartz;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>
/// Configures where Quartz keeps its triggers: in memory for a database in a file, and in the database when several
/// nodes share it, so that each firing starts a run on one of them.
/// </summary>
/// <remarks>
/// Quartz only starts runs; the product itself guarantees that work is done once. So every value here prefers an early
/// firing to never firing twice.
/// <para>
/// Misfire threshold, 1 s: up to it every late firing is repeated, and above it one run does the work of all. Quartz's
/// defaults are 5 s in memory and 60 s in a database.
/// </para>
/// <para>
/// Check-in every 2 s, and 2 s of grace: a killed node counts as dead after about 4 s, at the cost of two small
/// statements per node and interval. A node that only paused that long counts as dead too; a job may then run on two
/// nodes, which its lease fences. The clocks of the nodes must agree within that grace.
/// </para>
/// <para>
/// Recovery is requested: a daily job whose node dies runs again at once from the last committed batch, and not a day
/// later; for a job that had just finished this is a run with nothing to do.
/// </para>
/// <para>
/// One trigger at a time: a node that acquired all due triggers would run them all while the others are idle.
/// </para>
/// <para>
/// A node frozen in the middle of a transaction would hold Quartz's row lock and block every other node, so the server
/// ends such a transaction.
/// </para>
/// </remarks>
internal static class QuartzStore
{
    /// <summary>The scheduler's name in its rows: the same on every node of the installation.</summary>
    public const string Scheduler = "proactive-care";

    /// <summary>The prefix of the names of Quartz's tables, in the product's schema.</summary>
    public const string Prefix = "qrtz_";

    private const string Schema = "care";
    private const int JobsAtOnce = 8;

    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckIn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);

    public static void Add(IServiceCollection services, ProactiveCareSettings settings, TimeProvider time) =>
        services.AddQuartz(quartz =>
        {
            quartz.UseTimeProvider(time);
            quartz.UseDefaultThreadPool(JobsAtOnce);
            if (settings.Server is { } server) Share(quartz, server, settings.Node);
            else quartz.UseInMemoryStore(options => options.MisfireThreshold = Late);
        });

    /// <summary>Checks that no other running worker has this name.</summary>
    /// <exception cref="UsageException">One has: each would process the other's firings as its own.</exception>
    public static async Task RequireOwnName(
        Store store, string node, TimeProvider time, CancellationToken cancellation)
    {
        var seen = LastCheckIn(store, node);
        if (time.GetUtcNow().UtcTicks - seen > 2 * CheckIn.Ticks) return;
        // A worker that stopped a moment ago does not check in again.
        await Task.Delay(2 * CheckIn, time, cancellation);
        if (LastCheckIn(store, node) == seen) return;
        throw new UsageException(
            $"Another worker called {node} is at work in this database. Give each a name of its own in the setting "
            + "Node (ProactiveCare__Node), or none, and then it is named after its machine and process.");
    }

    /// <summary>Takes back check-ins beyond the present, of nodes whose clock was ahead: one that died would count as
    /// alive, and hold its jobs, until that time comes.</summary>
    public static async Task MendCheckIns(CareServices services)
    {
        if (!services.Clocks.Holds()) return;
        await services.Store.Share(db => db.ExecuteScalar<bool>(
            "SELECT to_regclass('qrtz_scheduler_state') IS NOT NULL")
            ? db.Execute(
                """
                UPDATE qrtz_scheduler_state SET last_checkin_time = @now WHERE last_checkin_time > @now + @late
                """,
                new { now = services.Clocks.Now.ToDateTimeUtc().Ticks, late = 10 * CheckIn.Ticks })
            : 0);
    }

    // In ticks; 0 for a name that never checked in.
    private static long LastCheckIn(Store store, string node) => store.Read(db =>
        db.ExecuteScalar<bool>("SELECT to_regclass('qrtz_scheduler_state') IS NOT NULL")
            ? db.ExecuteScalar<long?>(
                "SELECT last_checkin_time FROM qrtz_scheduler_state WHERE instance_name = @node", new { node }) ?? 0
            : 0);

    /// <summary>The product's connection string with the additions that Quartz needs.</summary>
    internal static string Connection(PostgresServer server)
    {
        var text = new DbConnectionStringBuilder { ConnectionString = server.ConnectionString };
        var given = text.TryGetValue("Options", out var options) ? options + " " : "";
        text["Options"] = string.Create(
            CultureInfo.InvariantCulture,
            $"{given}-c idle_in_transaction_session_timeout={(int)LongestHold.TotalMilliseconds}");
        text["Search Path"] = Schema;
        return text.ConnectionString;
    }

    private static void Share(IQuartzBuilder quartz, PostgresServer server, string node)
    {
        quartz.ConfigureScheduler(options =>
        {
            options.InstanceName = Scheduler;
            options.InstanceId = node;
            options.MaxBatchSize = 1;
        });
        quartz.UsePersistentStore(store =>
        {
            store.UsePostgres(Connection(server));
            store.UseSystemTextJsonSerializer();
            store.ConfigureStore(options =>
            {
                options.TablePrefix = Prefix;
                options.MisfireThreshold = Late;
                // No failure of the store may disable a job for good.
                options.MaxConsecutiveFireFailures = 0;
            });
            store.ProvisionSchema();
            store.UseClustering(
                options => (options.CheckinInterval, options.CheckinMisfireThreshold) = (CheckIn, CheckIn));
        });
    }
}
