using System.Data.Common;
using Dapper;

namespace ProactiveCare.Payments;

/// <summary>Jobs whose approved credits are handed to no gateway; what was handed over before is answered as
/// ever.</summary>
public static class PaymentStops
{
    internal const string Flows = "job_id NOT IN (SELECT job_id FROM payment_stop)";

    /// <summary>Stops the payments of a job, in the caller's transaction.</summary>
    public static void Begin(DbConnection db, JobId job) =>
        db.Execute("INSERT INTO payment_stop (job_id) VALUES (@job) ON CONFLICT DO NOTHING", new { job });

    /// <summary>Lets the payments of a job flow again.</summary>
    public static void End(DbConnection db, JobId job) =>
        db.Execute("DELETE FROM payment_stop WHERE job_id = @job", new { job });
}
