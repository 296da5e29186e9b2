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
internal sealed class Company : IDisposable
{
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

    public Clock Clock { get; } = new(Setup.Start);

    public Billing Billing { get; }

    public Relay Relay { get; }

    public Films Films { get; } = new();

    /// <summary>What went wrong on the way.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Whether the database has forgotten what others remember.</summary>
    public bool WasRestored { get; private set; }

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
        foreach (var job in which % 3 == 2 ? Setup.Jobs : [Setup.Jobs[which % 3]])
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
        var left = purchase is null ? 0 : Billing.HasLeft(this, purchase);
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
        {
            mayLeave[purchase] = Films.IsDisputed(purchase)
                ? left
                : Math.Max(left, Films.Price(purchase) - Elsewhere(purchase));
        }
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
        foreach (var job in Setup.Jobs)
            if (Read(db => JobStops.IsAndon(db, job, Clock.Shown)))
                Wait(Product.Stops.ReleaseAndon(User("olga"), job, "it is over"));
    }

    public void Backfill()
    {
        foreach (var job in Setup.Jobs)
            Wait(Product.Runner.Backfill(job, Setup.Start - Duration.FromDays(30), User("olga").Id));
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

    private void Act(Step step)
    {
        var (_, a, b) = step;
        switch (step.Deed)
        {
            case Deed.Evening:
                var evening = Films.Evening(a, b, Clock.True);
                unconfirmed.UnionWith(evening.Select(row => row.Id));
                foreach (var row in evening) Import(row);
                break;
            case Deed.Turn:
                Clock.True += Duration.FromMinutes(35 + (a % 60));
                Run(2);
                Deliver();
                break;
            case Deed.Customer: Import(Films.Customer(a)); break;
            case Deed.Purchase: Import(Films.Purchase(a, Clock.True)); break;
            case Deed.Session: Import(Films.Session(a, b, Clock.True)); break;
            case Deed.Revision: if (Films.Revise(a, b) is { } revised) Import(revised); break;
            case Deed.Again: if (Films.Sent is { Count: > 0 } sent) Import(sent[a % sent.Count]); break;
            case Deed.GivenElsewhere: Import(Films.GivenElsewhere(a, b, Clock.True)); break;
            case Deed.Dispute: Import(Films.Dispute(a, b, Clock.True)); break;
            case Deed.DisputeEnd: if (Films.EndDispute(a, b) is { } ended) Import(ended); break;
            case Deed.Run: Run(a); break;
            case Deed.Deliver: Deliver(); break;
            case Deed.Wait: Clock.True += Duration.FromMinutes(Waits[a % Waits.Length]); break;
            case Deed.Approve: Decide(CreditState.Pending, a, (money, by, ids) => money.Approve(by, ids)); break;
            case Deed.Reject: Decide(CreditState.Pending, a, (money, by, ids) => money.Reject(by, ids, "no")); break;
            case Deed.Undo:
                Decide(Undoable[b % Undoable.Length], a, (money, by, ids) => money.AskToUndo(by, ids, "no"));
                break;
            case Deed.Confirm: Answer(a, (money, by, ids) => money.ConfirmUndo(by, ids)); break;
            case Deed.Decline: Answer(a, (money, by, ids) => money.DeclineUndo(by, ids, "it was right")); break;
            case Deed.Convert: Decide(CreditState.Failed, a, (money, by, ids) => money.Convert(by, ids)); break;
            case Deed.Retry: Decide(CreditState.Failed, a, (money, by, ids) => money.Retry(by, ids)); break;
            case Deed.Billing: Billing.Work(a, b); break;
            case Deed.Clock: Clock.Off += Duration.FromMinutes(Jumps[a % Jumps.Length]); break;
            case Deed.Crash: Clock.KillAt(1 + (a % 150)); break;
            case Deed.Backup: Backup(); break;
            case Deed.Restore: Restore(a, b); break;
            case Deed.Andon: Andon(a); break;
            case Deed.Relay: Relay.Next.Enqueue((SendOutcome)(a % 5)); break;
        }
    }

    private void Backup()
    {
        var name = $"b{backups.Count}";
        Product.Store.Dispose();
        room.Backup(name);
        backups.Add(name);
        Restart();
    }

    // By the command where there is a file; else by other means, of which the product is told now or later.
    private void Restore(int which, int how)
    {
        if (backups.Count == 0) return;
        var name = backups[which % backups.Count];
        var newest = RestoreOperations.NewestOutside(room.Folder, Product.Settlement.Gateways);
        Product.Store.Dispose();
        // Who is interrupted has to say it again.
        (WasRestored, isRolledBack) = (true, true);
        if (how % 2 == 0 && room is FileRoom file)
        {
            ProactiveCare.Storage.Backup.Restore(room.Folder, file.Kept(name), Clock, db => Epoch.Remember(
                room.Folder, Epoch.Begin(db, newest, new Random(which + how), Clock.Shown).Number));
            Restart();
            isRolledBack = false;
            Wait(Product.Restores.Look(User("root")));
        }
        else
        {
            room.RollBack(name);
            Restart();
            if (how % 3 > 0) Restored();
        }
    }

    /// <summary>An admin says that the database was restored by other means.</summary>
    public void Restored()
    {
        if (!isRolledBack) return;
        Wait(Product.Restores.Begin(User("root")));
        isRolledBack = false;
    }

    private void Andon(int which)
    {
        var job = Setup.Jobs[which % Setup.Jobs.Length];
        if (Read(db => JobStops.IsAndon(db, job, Clock.Shown))) ReleaseAndons();
        else Wait(Product.Stops.PullAndon(User("olga"), job, "a CDN is down"));
    }

    private Actor User(string name) => Read(db => Actors.OfOsUser(db, name))!;

    private CareServices Open()
    {
        var store = Store.Open(room.Folder, Clock);
        if (plant is not null) Wait(store.Write(db => db.Execute(plant.Sql)));
        return Setup.Services(store, jobs, Relay, Clock);
    }
}
