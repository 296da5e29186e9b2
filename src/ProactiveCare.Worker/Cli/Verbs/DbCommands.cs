using System.CommandLine;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class DbCommands
{
    public static Command Group() => new("db", "Makes and keeps the installation's database.")
    {
        Init(), Migrate(), BackUp(), Restore(), Check(),
    };

    private static Verb Init()
    {
        var simulated = new Option<bool>("--simulated")
        {
            Description = "Verbs may be given the time with --now, to replay history; never for real customers.",
        };
        var name = new Option<string?>("--user")
        { HelpName = "NAME", Description = "What you are called (default: your user on this machine)." };
        var email = new Option<string?>("--email")
        { HelpName = "ADDRESS", Description = "Where summaries and alarms for you go." };
        var verb = new Verb(
            "init",
            "Makes an installation in the data folder, or in the database that the settings name, and makes you its "
            + "first user with all roles.",
            "proactive-care db init --email you@example.com\nproactive-care db init --data ./history --simulated")
        {
            simulated, name, email,
        };
        return verb.Reads(session =>
        {
            if (session.HasGivenTime && !session.Get(simulated))
                throw new UsageException(
                    "--now works only with --simulated: a real installation is made at the time it is made.");
            var user = session.Get(name) ?? session.OsUser;
            Installation.Create(
                session.Folder, session.Get(simulated), session.Time, session.Random, db => Actors.AddUser(
                    db, default, user, session.OsUser, session.Get(email), string.Join(',', Role.All),
                    session.Time.Now()));
            session.Answer(
                new { data = session.Folder.Path, simulated = session.Get(simulated), user, roles = Role.All },
                to =>
                {
                    var only = session.Get(simulated) ? ", for simulation only" : "";
                    to.Line($"Made an installation in {session.Settings.Place}{only}.");
                    to.Line(
                        $"You are {user}, with the roles {string.Join(", ", Role.All)}. Others are added with: "
                            + "proactive-care users add");
                    to.Line("Next: proactive-care import customers customers.csv");
                });
            // Said after what was made: it is whole, and what an administrator still has to do needs no second init.
            Readable.Prepare(session.Folder);
            return Failures.Done;
        });
    }

    private static Verb BackUp()
    {
        var file = new Argument<string>("FILE") { Description = "The file to make; it must not exist." };
        var verb = new Verb(
            "backup", "Writes a checked copy of the database; a worker may go on meanwhile.",
            "proactive-care db backup /backups/care.db")
        {
            file,
        };
        return verb.Reads(session =>
        {
            RequireFile(session, "pg_dump or pg_basebackup");
            RequireInstallation(session);
            var path = session.PathOf(session.Get(file)!);
            Backup.Write(session.Folder, path);
            var bytes = new FileInfo(path).Length;
            session.Answer(
                new { file = path, bytes },
                to => to.Line($"Wrote {path} ({bytes:N0} bytes), checked and sound."));
            return Failures.Done;
        });
    }

    private static Verb Restore()
    {
        var file = new Argument<string>("FILE") { Description = "A backup that 'db backup' wrote." };
        var verb = new Verb(
            "restore", "Puts a backup in the place of the database, which is kept aside; the worker must be stopped.",
            "proactive-care db restore /backups/care.db")
        {
            file,
        };
        return verb.Reads(session =>
        {
            RequireFile(session, "pg_restore, or by bringing the base backup up again");
            // The one whom the present installation does not let do this does not get there by replacing it.
            if (session.Folder.Exists)
                Store.OpenReadOnly(session.Folder).Read(db => Users.Require(db, session.OsUser, [Role.Admin]));
            var path = session.PathOf(session.Get(file)!);
            var kept = Backup.Restore(session.Folder, path, session.Time);
            Record(session, path, kept);
            session.Answer(new { file = path, kept }, to =>
            {
                to.Line($"Restored {path}.");
                if (kept is not null) to.Line($"What was there before is kept in {kept}");
            });
            return Failures.Done;
        });
    }

    private static Verb Check() => new Verb(
        "check",
        "Checks the database file from end to end, or on a server the rules that the product relies on; exit 1 when "
            + "something is wrong.",
        "proactive-care db check")
        .Reads(session =>
        {
            RequireInstallation(session);
            if (session.Settings.Server is { } server) return CheckServer(session, server);
            var problems = DatabaseCheck.Run(session.Folder).Problems;
            session.Answer(
                new { file = session.Folder.Database, sound = problems.Count == 0, problems },
                to =>
                {
                    to.Line(problems.Count == 0
                        ? "The database is sound."
                        : "The database is damaged or lacks rules; restore a backup:");
                    foreach (var problem in problems) to.Line("  " + problem);
                });
            return problems.Count == 0 ? Failures.Done : Failures.No;
        });

    private static int CheckServer(Session session, PostgresServer server)
    {
        var report = DatabaseCheck.Run(session.Folder);
        IReadOnlyList<string> problems =
            [.. report.Problems, .. session.Store.Read(BooksCheck.Run).Problems];
        var place = ServerWords.Of(server);
        session.Answer(
            new { file = place, sound = problems.Count == 0, problems, report.Notes },
            to =>
            {
                to.Line(problems.Count == 0
                    ? $"The rules of the product are in force in {place}, and its books are sound."
                    : $"Something is wrong in {place}:");
                foreach (var problem in problems) to.Line("  " + problem);
                foreach (var note in report.Notes) to.Line(note);
            });
        return problems.Count == 0 ? Failures.Done : Failures.No;
    }

    private static void RequireFile(Session session, string instead)
    {
        if (session.Settings.Server is not { } server) return;
        throw new UsageException(
            $"The installation is in the database {ServerWords.Of(server)}: its server's own tools back it up and "
            + $"restore it. Use {instead}.");
    }

    private static void RequireInstallation(Session session)
    {
        if (!session.Folder.Exists)
            throw new StorageException(
                $"There is no installation in {session.Settings.Place}. Make one with: proactive-care db init");
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
