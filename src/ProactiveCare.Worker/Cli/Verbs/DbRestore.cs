using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Finance;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Replaces the database by a backup.</summary>
internal sealed class DbRestore : Verb
{
    private readonly Argument<string> file = new("FILE") { Description = "A backup that 'db backup' wrote." };

    public DbRestore() : base(
        "restore",
        "Puts a backup in the place of the database, which is kept aside, begins a new epoch and finds what had left "
        + "since the backup; the worker must be stopped.",
        "proactive-care db restore /backups/care.db")
    {
        Add(file);
    }

    protected override async Task<int> Do(Session session)
    {
        InstallationOf.RequireFile(
            session, "pg_restore, or by bringing the base backup up again, and then: proactive-care db restored");
        var gateways = CareServices.Gateways(session.Folder, session.Settings.Product, session.Time);
        var newest = RestoreOperations.NewestOutside(session.Folder, gateways);
        // A user without this right in the present installation must not gain it by replacing the installation.
        if (session.Folder.Exists)
        {
            using var store = Store.OpenReadOnly(session.Folder);
            store.Read(db => Permission.ActorOf(db, session.OsUser)).Require(Role.Admin);
            newest = Math.Max(newest, store.Read(Epoch.Load).Number);
        }
        var path = session.PathOf(session.Get(file)!);
        var kept = Backup.Restore(session.Folder, path, session.Time, db =>
        {
            // Remembered first: a number that is skipped harms nobody.
            var epoch = Epoch.Begin(db, newest, session.Random, session.Time.Now());
            Epoch.Remember(session.Folder, epoch.Number);
            Record(session, db, path);
        });
        RestoreReport? report = null;
        var later = "";
        try
        {
            report = await DbRestored.Find(session, begin: false);
        }
        catch (RefusedException e)
        {
            // A user of the present installation may be unknown in the backup.
            later = e.Message;
        }
        session.Answer(new { restored = path, kept, report }, to =>
        {
            to.Line($"Restored {path}.");
            if (kept is not null) to.Line($"The database of before is kept in {kept}");
            if (report is not null) DbRestored.Print(to, report);
            else to.Line($"The worker looks at its start for what had left since the backup: {later}");
        });
        return Failures.Done;
    }

    private static void Record(Session session, DbConnection db, string file)
    {
        var now = session.Time.Now();
        var by = Actors.OfOsUser(db, session.OsUser)?.Id ?? Actors.System(db, now);
        AuditLog.Append(db, new AuditEvent(by, "database.restore", "database:", new { file, session.OsUser }), now);
    }
}
