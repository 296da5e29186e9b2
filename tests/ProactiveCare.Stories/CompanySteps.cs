using System.Data.Common;
using Dapper;
using NodaTime;
using ProactiveCare.Finance;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Stories;

/// <summary>Each step of a story.</summary>
internal sealed partial class Company
{
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

    private decimal HasLeft(string purchase) => Math.Max(
        Read(db => db.ExecuteScalar<long>(
            """
            SELECT COALESCE(SUM(amount_minor), 0) FROM credit
            WHERE purchase_id = @purchase AND state IN ('settling', 'unknown', 'settled', 'written-off')
            """,
            new { purchase })) / 100m,
        Billing.Demands.Where(demand => demand.Purchase == purchase && demand.Paid != false).Sum(d => d.Sum));

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
        // The facts that it knew it may have forgotten.
        mayLeave.Clear();
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
        var job = Jobs[which % Jobs.Length];
        if (Read(db => JobStops.IsAndon(db, job, Clock.Shown))) ReleaseAndons();
        else Wait(Product.Stops.PullAndon(User("olga"), job, "a CDN is down"));
    }
}
