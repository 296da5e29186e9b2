using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Settings;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Creates an installation.</summary>
internal sealed class DbInit : Verb
{
    private readonly Option<bool> simulated = new("--simulated")
    {
        Description = "Verbs may be given the time with --now, to replay history; never for real customers.",
    };

    private readonly Option<string?> name = new("--user")
    { HelpName = "NAME", Description = "What you are called (default: your user on this machine)." };

    private readonly Option<string?> email = new("--email")
    { HelpName = "ADDRESS", Description = "Where summaries and alarms for you go." };

    public DbInit() : base(
        "init",
        "Makes an installation in the data folder, or in the database that the settings name, and makes you its "
        + "first user with all roles.",
        "proactive-care db init --email you@example.com\nproactive-care db init --data ./history --simulated")
    {
        Add(simulated);
        Add(name);
        Add(email);
    }

    protected override async Task<int> Do(Session session)
    {
        session.Folder.RequireShortSocket();
        if (session.HasGivenTime && !session.Get(simulated))
            throw new UsageException(
                "--now works only with --simulated: a real installation is made at the time it is made.");
        var user = session.Get(name) ?? session.OsUser;
        DatabaseCheck.RefusePooler(session.Folder);
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
                to.Line(JobsPlace(session.Settings));
                to.Line("Next: proactive-care jobs accept JOB, before its data comes in; then: proactive-care import");
            });
        // After the answer: the installation is complete, so a refusal here needs no second init.
        Readable.Prepare(session.Folder);
        // Jobs in the folder start before any data comes in.
        session.Announce(await session.Do(Operations.TakeInJobs, new NoInput()));
        return Failures.Done;
    }

    private static string JobsPlace(ProactiveCareSettings settings)
    {
        var (jobs, own) = (settings.Jobs, settings.OwnJobs);
        if (!Directory.Exists(jobs))
        {
            return $"Jobs live in {jobs}, which does not exist yet: 'proactive-care jobs new' makes it, and --jobs "
                + "names another.";
        }
        var count = Phrases.Count(JobFolder.ReadAll(jobs).Count, "job");
        return jobs == own
            ? $"Jobs live in {jobs} ({count})."
            : $"Jobs live in {jobs} ({count}), which ship with the program, until 'proactive-care jobs new' makes "
                + $"{own} with copies of them.";
    }
}
