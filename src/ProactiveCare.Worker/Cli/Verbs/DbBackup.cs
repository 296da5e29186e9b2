using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Writes a checked copy of the database.</summary>
internal sealed class DbBackup : PlainVerb
{
    private readonly Argument<string> file = new("FILE") { Description = "The file to make; it must not exist." };

    public DbBackup() : base(
        "backup", "Writes a checked copy of the database; a worker may go on meanwhile.",
        "proactive-care db backup /backups/care.db")
    {
        Add(file);
    }

    protected override int Show(Session session)
    {
        InstallationOf.RequireFile(session, "pg_dump or pg_basebackup");
        InstallationOf.Require(session);
        var path = session.PathOf(session.Get(file)!);
        Backup.Write(session.Folder, path);
        var bytes = new FileInfo(path).Length;
        session.Answer(
            new { file = path, bytes },
            to => to.Line($"Wrote {path} ({bytes:N0} bytes), checked and sound."));
        return Failures.Done;
    }
}
