using System.Data.Common;
using System.Text;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Finance;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Worker;

namespace ProactiveCare.Stories;

/// <summary>The company of a story: the product itself on a database of its own, between a billing system, a mail
/// relay, people and a clock that all do as the steps say.</summary>
internal sealed partial class Company : IDisposable
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 14, 14, 0);
    private static readonly JobId[] Jobs = [new("slow-video-stream"), new("failed-video-start")];
    private static readonly CreditState[] Undoable =
        [CreditState.Approved, CreditState.Failed, CreditState.Settled, CreditState.Settled];

    private static readonly int[] Waits = [5, 35, 35, 90, 600, 1500, 4000];
    private static readonly int[] Jumps = [-2880, -180, -10, 10, 180, 1440];

    private readonly Room room;
    private readonly string jobs;
    private readonly Plant? plant;
    private readonly List<string> backups = [];
    private readonly HashSet<string> unconfirmed = [];
    private bool isRolledBack;
    private readonly Dictionary<string, decimal> mayLeave = [];

    public Company(Room room, string jobs, Plant? plant)
    {
        (this.room, this.jobs, this.plant) = (room, jobs, plant);
        Relay = new Relay(new MailFolder(room.Folder.Inside("outbox")));
        Billing = new Billing(room.Folder.Inside("refunds"));
        Product = Open();
    }

    public CareServices Product { get; private set; }

    public Clock Clock { get; } = new(Start);

    public Billing Billing { get; }

    public Relay Relay { get; }

    public Films Films { get; } = new();

    /// <summary>The problems found during the story.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Whether the database has forgotten what others remember.</summary>
    public bool WasRestored { get; private set; }

    /// <summary>Makes the installation that every story begins with.</summary>
    public static void Prepare(DataFolder folder, string jobs)
    {
        foreach (var job in Jobs)
        {
            var (from, to) = (Path.Combine(Repository.Root, "jobs", job.Value), Path.Combine(jobs, job.Value));
            Directory.CreateDirectory(to);
            foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            // Limits that a story of a few customers comes up against.
            var yaml = Path.Combine(to, "job.yaml");
            File.WriteAllText(yaml, File.ReadAllText(yaml)
                .Replace("2500.00 USD", "45.00 USD", StringComparison.Ordinal)
                .Replace("1500.00 USD", "45.00 USD", StringComparison.Ordinal)
                .Replace("above: [25.00 USD", "above: [15.00 USD", StringComparison.Ordinal));
        }
        var clock = new Clock(Start);
        Installation.Create(folder, simulated: true, clock, new Random(7));
        using var store = Store.Open(folder, clock);
        var product = Services(store, jobs, new MailFolder(folder.Inside("outbox")), clock);
        if (product.Intake.ReadAll().Result.SelectMany(load => load.Problems).FirstOrDefault() is { } problem)
            throw new InvalidOperationException(problem.ToString());
        store.Write(db =>
        {
            foreach (var (name, roles) in ((string, string)[])[("olga", "operator"), ("fred", "finance"),
                ("fiona", "finance"), ("root", "admin")])
                Actors.AddUser(db, default, name, name, name + "@company.example", roles, clock.Shown);
        }).Wait();
    }

    /// <summary>Lives through one step.</summary>
    public void Do(Step step)
    {
        try
        {
            // Two things never happen in the same instant.
            Clock.True += Duration.FromSeconds(1);
            Act(step);
        }
        catch (Exception) when (Clock.IsDead)
        {
            // Killed in the middle of it.
        }
        catch (RefusedException)
        {
            // Refused to a person, who is told why.
        }
        catch (Exception e)
        {
            Problems.Add($"{step} threw {e.GetType().Name}: {e.Message}");
        }
        if (Clock.IsDead) Restart();
        Look();
    }

    /// <summary>Kills the worker and starts another.</summary>
    public void Restart()
    {
        Product.Store.Dispose();
        Clock.Revive();
        Product = Open();
        Relay.KnownAsSent(Read(db => db.Query<string>("SELECT message_id FROM notice WHERE state = 'sent'").ToList()));
    }

    public T Read<T>(Func<DbConnection, T> query) => Product.Store.Read(query);

    public void Run(int which)
    {
        foreach (var job in which % 3 == 2 ? Jobs : [Jobs[which % 3]])
            foreach (var run in Wait(Product.Runner.RunDue(job, "schedule")))
                if (run.Error is { } error) Problems.Add($"the run failed: {error}");
    }

    public IReadOnlyList<string> Deliver() => Wait(Product.RunOnce(CancellationToken.None)).Paid.Troubles;

    /// <summary>Imports a row. One that was not confirmed, or that a wrong clock takes for one of the future, is sent
    /// again later.</summary>
    public void Import(FeedRow row)
    {
        unconfirmed.Add(row.Id);
        var purchase = row.Kind == "refunds" ? row.Line.Split(',')[1] : null;
        var left = purchase is null ? 0 : HasLeft(purchase);
        var content = new MemoryStream(Encoding.UTF8.GetBytes(row.File));
        var result = Wait(Product.Imports.Run(
            User("olga"), row.Kind, row.Kind + ".csv", "import", content, CancellationToken.None));
        if (result.FirstQuarantined is [var line])
        {
            if (Clock.Off >= Duration.Zero || !line.Reason.Contains("after the time", StringComparison.Ordinal))
                Problems.Add($"{row.Id} was set aside: {line.Reason}");
            return;
        }
        unconfirmed.Remove(row.Id);
        // What has left until now has left; from now on only the rest may.
        if (purchase is not null)
            mayLeave[purchase] = Films.IsDisputed(purchase)
                ? left
                : Math.Max(left, Films.Price(purchase) - Elsewhere(purchase));
    }

    /// <summary>The sum that others gave back for a purchase, as far as the product knows.</summary>
    public decimal Elsewhere(string purchase) => Films.Elsewhere(purchase, unconfirmed);

    /// <summary>Sends again what was not confirmed, and after a restore everything.</summary>
    public void ImportLeftOvers()
    {
        foreach (var row in Films.Sent.Where(row => WasRestored || unconfirmed.Contains(row.Id))) Import(row);
    }

    public void ReleaseAndons()
    {
        foreach (var job in Jobs)
            if (Read(db => JobStops.IsAndon(db, job, Clock.Shown)))
                Wait(Product.Stops.ReleaseAndon(User("olga"), job, "it is over"));
    }

    public void Backfill()
    {
        foreach (var job in Jobs)
            Wait(Product.Runner.Backfill(job, Start - Duration.FromDays(30), User("olga").Id));
    }

    public void Decide(CreditState state, int which, Func<CreditOperations, Actor, CreditId[], Task> decide)
    {
        var credits = Read(db => Credits.List(db, state));
        if (credits.Count > 0) Wait(decide(Product.Credits, User("fred"), [credits[which % credits.Count].Id]));
    }

    /// <summary>Fiona answers a request to undo a credit.</summary>
    public void Answer(int which, Func<CreditOperations, Actor, CreditId[], Task> decide)
    {
        var open = Read(CreditUndo.Open);
        if (open.Count > 0) Wait(decide(Product.Credits, User("fiona"), [open[which % open.Count].CreditId]));
    }

    /// <summary>Looks at new refund files: none may give back more than is left of what was paid.</summary>
    public void Look()
    {
        foreach (var demand in Billing.Look().Where(demand => demand.Kind == DemandKind.Refund))
        {
            var left = Billing.Demands.Where(other => other.Purchase == demand.Purchase && other.Paid != false)
                .Sum(other => other.Sum);
            var most = mayLeave.GetValueOrDefault(demand.Purchase, Films.Price(demand.Purchase));
            if (left > most)
                Problems.Add($"refunds of {left} left for {demand.Purchase}, of which {most} could be given back");
        }
    }

    public void Dispose()
    {
        Product.Store.Dispose();
        room.Dispose();
    }

    private T Wait<T>(Task<T> task)
    {
        Wait((Task)task);
        return task.Result;
    }

    // A killed worker may wait for what a part of it would have said.
    public void Wait(Task task)
    {
        if (Clock.IsDead && !task.IsCompleted) throw new KilledException();
        task.GetAwaiter().GetResult();
    }

    private Actor User(string name) => Read(db => Actors.OfOsUser(db, name))!;

    private CareServices Open()
    {
        var store = Store.Open(room.Folder, Clock);
        if (plant is not null) Wait(store.Write(db => db.Execute(plant.Sql)));
        return Services(store, jobs, Relay, Clock);
    }

    private static CareServices Services(Store store, string jobs, IMailTransport mail, TimeProvider time)
    {
        var notices = new NoticeSettings
        {
            From = EmailAddress.Parse("care@company.example"),
            ReplyTo = EmailAddress.Parse("people@company.example"),
            Company = "Example Films",
            Domain = "company.example",
            TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
            MaxAttempts = 4,
        };
        var settings = new CareSettings(jobs, true, notices, [])
        {
            Cron = ScheduleWords.Rules,
            TakeBackWithin = Duration.FromDays(3),
        };
        return new CareServices(store, settings, mail, time, new Random(3));
    }
}
