using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;
using ProactiveCare.Tests;
using ProactiveCare.Worker;

namespace ProactiveCare.Scenarios;

/// <summary>
/// A company whose time passes as the story says: given rows, at instants, expect mails, credits and reasons.
/// Everything below the story is the product itself, on a real database, writing real mails and refund files.
/// </summary>
internal sealed partial class Story : IDisposable
{
    private readonly StandingTime clock;
    private readonly string root = Path.Combine(Path.GetTempPath(), "story-" + Guid.NewGuid().ToString("n"));
    private readonly bool auto;
    private Func<CareSettings, CareSettings> changed = settings => settings;

    public Story(string at = "2026-03-14T18:00:00Z", bool auto = true, params string[] jobs)
    {
        this.auto = auto;
        clock = new StandingTime(Time.Parse(at));
        Directory.CreateDirectory(Jobs);
        foreach (var job in jobs) CopyJob(job, job);
        Folder = TestDatabase.In(Path.Combine(root, "data"));
        Installation.Create(Folder, simulated: true, clock, new Random(7));
        Relay = new Relay(new MailFolder(Folder.Inside("outbox")));
        Product = Open();
        Assert.Empty(ReadJobs());
        Ops = User("olga", "operator");
        Finance = User("fred", "finance");
    }

    /// <summary>A company that runs nothing but slow-video-stream.</summary>
    public static Story OfSlowStreams() => new(jobs: "slow-video-stream");

    public CareServices Product { get; private set; }

    public Relay Relay { get; }

    public Actor Ops { get; }

    public Actor Finance { get; }

    public DataFolder Folder { get; }

    public string Jobs => Path.Combine(root, "jobs");

    public Instant Now => clock.Now;

    /// <summary>Advances the clock and does everything due, once.</summary>
    public Story At(string instant)
    {
        clock.Now = Time.Parse(instant);
        Assert.All(Run(), run => Assert.Null(run.Error));
        return GoOn();
    }

    /// <summary>Advances the clock and does everything due, once.</summary>
    public Story Later(int days = 0, int hours = 0, int minutes = 0) => At((Now + Span(days, hours, minutes)).Iso());

    /// <summary>Looks for times that a clock ahead has left, as the worker does three times a minute.</summary>
    public Story CheckClocks()
    {
        Write(db => ClockCheck.Mend(db, Product.Settings.Notices.Lease, Now));
        return this;
    }

    /// <summary>Advances the clock without a worker.</summary>
    public Story Asleep(int days = 0, int hours = 0, int minutes = 0)
    {
        clock.Now += Span(days, hours, minutes);
        return this;
    }

    /// <summary>Runs every job, whatever its result.</summary>
    public IReadOnlyList<Run> Run() =>
        [.. Read(JobBook.All).Where(j => j.Present).SelectMany(j => Do(Product.Runner.RunDue(j.Id, "schedule")))];

    /// <summary>Everything but detection: releases, payments, mails, seals.</summary>
    public Story GoOn()
    {
        Assert.Empty(Do(Product.RunOnce(CancellationToken.None)).Paid.Troubles);
        return this;
    }

    /// <summary>Checks for silent or failing jobs and telemetry, and mails the alarms.</summary>
    public Story Watch()
    {
        Do(Product.Watch());
        return GoOn();
    }

    /// <summary>Mails yesterday's summary to operators and finance.</summary>
    public Story Summarise()
    {
        Do(Product.Summarise(Now.InZone(DateTimeZoneProviders.Tzdb["America/New_York"]).Date));
        return GoOn();
    }

    /// <summary>Kills the worker and starts another on the same folder.</summary>
    public Story Restart()
    {
        Product.Store.Dispose();
        Product = Open();
        return this;
    }

    /// <summary>Stops the worker, changes its settings and starts it.</summary>
    public Story Set(Func<CareSettings, CareSettings> change)
    {
        changed = change;
        return Restart();
    }

    public T Read<T>(Func<System.Data.Common.DbConnection, T> query) => Product.Store.Read(query);

    public T Write<T>(Func<System.Data.Common.DbConnection, T> work) => Do(Product.Store.Write(work));

    public void Write(Action<System.Data.Common.DbConnection> work) => Do(Product.Store.Write(work));

    public void Dispose()
    {
        Product.Store.Dispose();
        TestDatabase.Delete(Folder);
        Directory.Delete(root, recursive: true);
    }

    private static Duration Span(int days, int hours, int minutes) =>
        Duration.FromDays(days) + Duration.FromHours(hours) + Duration.FromMinutes(minutes);

    private static T Do<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Do(Task task) => task.GetAwaiter().GetResult();

    private CareServices Open()
    {
        var notices = new NoticeSettings
        {
            From = EmailAddress.Parse("care@company.example"),
            ReplyTo = EmailAddress.Parse("people@company.example"),
            Company = "Example Films",
            Domain = "company.example",
            TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
            MaxAttempts = 3,
            HoldUncertain = new HashSet<string>(["weather-safety"]),
        };
        var settings = new CareSettings(Jobs, auto, notices, []) { Cron = ScheduleWords.Rules };
        return new CareServices(Store.Open(Folder, clock), changed(settings), Relay, clock, new Random(3));
    }
}
