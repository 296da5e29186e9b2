using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Replaces the database by a backup.</summary>
internal sealed class DbRestore : PlainVerb
{
    private readonly Argument<string> file = new("FILE") { Description = "A backup that 'db backup' wrote." };

    public DbRestore() : base(
        "restore", "Puts a backup in the place of the database, which is kept aside; the worker must be stopped.",
        "proactive-care db restore /backups/care.db")
    {
        Add(file);
    }

    protected override int Show(Session session)
    {
        InstallationOf.RequireFile(session, "pg_restore, or by bringing the base backup up again");
        // A user without this right in the present installation must not gain it by replacing the installation.
        if (session.Folder.Exists)
        {
            using var store = Store.OpenReadOnly(session.Folder);
            store.Read(db => Permission.ActorOf(db, session.OsUser)).Require(Role.Admin);
        }
        var path = session.PathOf(session.Get(file)!);
        var kept = Backup.Restore(session.Folder, path, session.Time);
        Record(session, path, kept);
        session.Answer(new { file = path, kept }, to =>
        {
            to.Line($"Restored {path}.");
            if (kept is not null) to.Line($"What was there before is kept in {kept}");
        });
        return Failures.Done;
    }

    private static void Record(Session session, string file, string? kept)
    {
        using var store = Store.Open(session.Folder, session.Time);
        var now = session.Time.Now();
        store.Write(db =>
        {
            var by = Actors.OfOsUser(db, session.OsUser)?.Id ?? Actors.System(db, now);
            AuditLog.Append(db, new AuditEvent(by, "database.restore", "database:",
                new { file, kept, session.OsUser }), now);
        }).GetAwaiter().GetResult();
    }
}
