using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Ledger;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Migrates the database to this version's schema, or moves it to a server.</summary>
internal sealed class DbMigrate : Verb
{
    private readonly Option<string?> to = new("--to")
    {
        HelpName = "CONNECTION",
        Description =
            "Copies the installation in the data folder into an empty PostgreSQL database and compares the two; "
            + "the worker must be stopped, and the file is only read. CONNECTION is - for a connection string on "
            + "standard input, env:NAME for one in an environment variable, or the string itself when it holds no "
            + "password, because others on this machine can read a command line.",
    };

    public DbMigrate() : base(
        "migrate",
        "Brings the database to this version; the worker does it too when it starts. A file is backed up first; "
        + "back a database on a server up with its own tools.",
        "proactive-care db migrate\nproactive-care db migrate --to env:CARE_DATABASE")
    {
        Add(to);
    }

    protected override async Task<int> Do(Session session)
    {
        if (session.Get(to) is { } target)
        {
            MoveTo(session, await ServerOf(session, target));
            return Failures.Done;
        }
        using var store = Store.Open(session.Folder, session.Time);
        session.Answer(
            new { data = session.Folder.Path, storeId = store.Installation.StoreId },
            words => words.Line($"The installation in {session.Settings.Place} is of this version."));
        Readable.Prepare(session.Folder);
        return Failures.Done;
    }

    private const string FromEnvironment = "env:";

    private static async Task<PostgresServer> ServerOf(Session session, string to)
    {
        session.Folder.RequireFile(already => $"The settings name the database {already} already. --to moves the file "
            + "in the data folder: run it with settings without Database.");
        if (to == "-")
        {
            using var reader = new StreamReader((await session.OpenFile(to)).Content);
            return new PostgresServer((await reader.ReadToEndAsync(session.Cancellation)).Trim());
        }
        if (to.StartsWith(FromEnvironment, StringComparison.Ordinal))
        {
            var name = to[FromEnvironment.Length..];
            return Environment.GetEnvironmentVariable(name) is { Length: > 0 } held
                ? new PostgresServer(held)
                : throw new UsageException($"The environment variable {name} is not set.");
        }
        var given = new PostgresServer(to);
        return given.HasPassword
            ? throw new UsageException(
                "Others on this machine can read a command line: give a connection string with a password on standard "
                + "input (--to -) or in an environment variable (--to env:NAME).")
            : given;
    }

    private static void MoveTo(Session session, PostgresServer server)
    {
        InstallationOf.Require(session);
        server.RefusePooler();
        Installation moved;
        using (var store = Store.OpenReadOnly(session.Folder))
        {
            store.Read(db => Permission.ActorOf(db, session.OsUser)).Require(Role.Admin);
            moved = store.Installation;
        }
        IReadOnlyList<string> books = [];
        var rules = new MoveRules(
            db => books = MovedBooks.AddUp(db),
            db =>
            {
                var now = session.Time.Now();
                var by = Actors.OfOsUser(db, session.OsUser)?.Id ?? Actors.System(db, now);
                AuditLog.Append(
                    db, new AuditEvent(by, "database.move", "database:", new { from = session.Folder.Database }), now);
            });
        IReadOnlyList<KeyValuePair<string, long>> tables;
        using (var progress = new Progress(session.Terminal, session.Clock))
        {
            tables = Installation.Move(
                session.Folder, server, rules, session.Time, new ShownMove(progress), session.Cancellation);
        }
        var place = server.Place;
        var rows = tables.Sum(table => table.Value);
        session.Answer(
            new
            {
                from = session.Folder.Database,
                to = place,
                storeId = moved.StoreId,
                rows,
                tables = tables.Select(table => new { table = table.Key, rows = table.Value }),
            },
            words =>
            {
                words.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Moved {rows:N0} rows of {tables.Count} tables to {place}; both sides read the same."));
                words.Line($"The books come to the same on both sides: {books[0]}");
                words.Line("Now set Database:Provider to PostgreSql and Database:ConnectionString to that database.");
                if (Directory.Exists(session.Settings.Refunds))
                {
                    words.Line(
                        $"Set Refunds:Folder to {session.Settings.Refunds} on every node, or move what is there: "
                        + "answers from billing are read nowhere else.");
                }
                words.Line(
                    $"{session.Folder.Database} is as it was. Let no worker run on it any more: two would pay twice.");
            });
    }

    private sealed class ShownMove(Progress progress) : IProgress<MoveProgress>
    {
        public void Report(MoveProgress value) => progress.Show(value.What, value.Rows, value.Share);
    }
}
