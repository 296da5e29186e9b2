using System.Data.Common;
using System.Globalization;
using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Worker.Cli;
using ProactiveCare.Worker.Settings;
using Quartz;

namespace ProactiveCare.Worker.Scheduling;

/// <summary>
/// Where Quartz keeps its triggers: in memory where the database is a file, and in the database where several nodes
/// share it, so that each firing wakes one of them.
/// </summary>
/// <remarks>
/// Quartz only wakes; that work is done once is the product's own doing. So everything here is set for waking early
/// rather than for never waking twice.
/// <para>
/// Misfire threshold, 1 s: until then every firing that was late is repeated, and one run does the work of all.
/// Quartz's own are 5 s in memory and 60 s in a database.
/// </para>
/// <para>
/// Check-in every 2 s, and 2 s of grace: a node that was killed is known for dead after some 4 s, at the price of two
/// small statements a node and interval. One that only stood still that long is taken for dead too, and a job may then
/// be awake on two nodes, where its run is fenced. The clocks of the nodes must agree within that grace.
/// </para>
/// <para>
/// Recovery is asked for: a job of once a day whose node dies is woken again at once and goes on from the last
/// committed batch, and not the day after; for one that had just finished it means a run with nothing to do.
/// </para>
/// <para>
/// One trigger at a time: a node that took all that are due would run them all, while the others have nothing to do.
/// </para>
/// <para>
/// A node that is frozen in the middle of a transaction would hold Quartz's row lock, and with it every other node,
/// so the server ends such a transaction.
/// </para>
/// </remarks>
internal static class QuartzStore
{
    /// <summary>Whose rows they are: the same on every node, since one database holds one installation.</summary>
    public const string Scheduler = "proactive-care";

    /// <summary>What the names of Quartz's tables begin with, in the product's schema.</summary>
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

    /// <summary>Looks whether another worker of this name is at work.</summary>
    /// <exception cref="UsageException">One is: each would take the other's firings for its own.</exception>
    public static async Task RequireOwnName(
        Store store, string node, TimeProvider time, CancellationToken cancellation)
    {
        var seen = LastCheckIn(store, node);
        if (time.GetUtcNow().UtcTicks - seen > 2 * CheckIn.Ticks) return;
        // One that was stopped a moment ago does not check in again.
        await Task.Delay(2 * CheckIn, time, cancellation);
        if (LastCheckIn(store, node) == seen) return;
        throw new UsageException(
            $"Another worker called {node} is at work in this database. Give each a name of its own in the setting "
            + "Node (ProactiveCare__Node), or none, and then it is named after its machine and process.");
    }

    // In ticks; 0 for one that never was.
    private static long LastCheckIn(Store store, string node) => store.Read(db =>
        db.ExecuteScalar<bool>("SELECT to_regclass('qrtz_scheduler_state') IS NOT NULL")
            ? db.ExecuteScalar<long?>(
                "SELECT last_checkin_time FROM qrtz_scheduler_state WHERE instance_name = @node", new { node }) ?? 0
            : 0);

    /// <summary>The connection string of the product with what Quartz needs beside it.</summary>
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
                // No trouble of the store may put a job to sleep for good.
                options.MaxConsecutiveFireFailures = 0;
            });
            store.ProvisionSchema();
            store.UseClustering(
                options => (options.CheckinInterval, options.CheckinMisfireThreshold) = (CheckIn, CheckIn));
        });
    }
}
