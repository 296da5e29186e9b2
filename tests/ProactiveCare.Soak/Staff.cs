using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;

namespace ProactiveCare.Soak;

/// <summary>Olga of operations, Fred and Faye of finance, who do the same work every hour.</summary>
internal sealed class Staff(CareServices product, TimeProvider time)
{
    private static readonly JobId Slow = new("slow-video-stream");

    private Actor olga = null!;
    private Actor fred = null!;
    private Actor faye = null!;

    /// <summary>The actor of the imports.</summary>
    public ActorId Operator => olga.Id;

    public Task Hire() => product.Store.Write(db =>
    {
        Actor Add(string name, string roles) => Actors.Get(db,
            Actors.AddUser(db, default, name, name, $"{name}@lantern.example", roles, time.Now()));
        olga = Add("olga", Role.Operator);
        fred = Add("fred", Role.Finance);
        faye = Add("faye", Role.Finance);
    });

    /// <summary>A CDN fails for a while: its credits are held until an operator has looked.</summary>
    public Task PullAndon() => product.Store.Write(db => JobStops.Begin(
        db, Slow, new JobStop(StopKind.Andon, "a CDN wavers", olga.Name, time.Now(), null), olga.Id));

    public Task ReleaseAndon() => product.Store.Write(db =>
        JobStops.End(db, Slow, StopKind.Andon, "it was real, and all of them are owed", olga.Id, time.Now()));

    /// <summary>Decides about everything that needs a person, and writes off refunds that cards refuse.</summary>
    public async Task DecideAll()
    {
        foreach (var credit in product.Store.Read(db => Credits.List(db, CreditState.Pending)))
        {
            if (credit.HoldReason == HoldReason.Andon || credit.HoldReason == HoldReason.Budget) continue;
            await product.Store.Write(db => Approvals.Approve(
                db, credit.Id, Decider(db, credit),
                product.Releases.DayBudget(product.Book.Due(db, credit.JobId)[0].Job, credit, time.Now()),
                time.Now()));
        }
        foreach (var credit in product.Store.Read(db => Credits.List(db, CreditState.Failed)))
        {
            await product.Credits.AskToUndo(fred, [credit.Id], "the card has expired; settled by letter");
            await product.Credits.ConfirmUndo(faye, [credit.Id]);
        }
    }

    private Decider Decider(System.Data.Common.DbConnection db, Credit credit) =>
        new(fred, JobBook.Authors(db, credit.JobId));
}
