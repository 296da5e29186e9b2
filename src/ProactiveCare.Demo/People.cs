using ProactiveCare.Audit;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;

namespace ProactiveCare.Demo;

/// <summary>The two members of staff, and their actions in these days.</summary>
internal sealed class People(CareServices product, TimeProvider time)
{
    private static readonly JobId Slow = new("slow-video-stream");
    private static readonly JobId Failed = new("failed-video-start");

    private Actor olga = null!;
    private Actor fred = null!;

    /// <summary>The number of Olga, the operator, as the actor of imports.</summary>
    public Actor Operator => olga;

    /// <summary>Assigns their roles, and every role to the user who runs the demo.</summary>
    public Task Hire(string osUser) => product.Store.Write(db =>
    {
        Actor Add(string name, string os, string? email, string roles) =>
            Actors.Get(db, Actors.AddUser(db, default, name, os, email, roles, time.Now()));
        olga = Add("olga", "olga", $"olga@{Company.Domain}", Role.Operator);
        fred = Add("fred", "fred", $"fred@{Company.Domain}", Role.Finance);
        if (osUser is not ("olga" or "fred")) Add(osUser, osUser, null, string.Join(',', Role.All));
    });

    public void PlanTheirDays(Agenda agenda, Action<string> tell)
    {
        void At(int day, int hour, int minute, Func<Task> act, string what) => agenda.Once(
            Company.At(day, hour, minute), Day.PeopleRank, async () =>
            {
                await act();
                tell(what);
            });
        At(0, 16, 0, () => Stop(StopKind.Pause, Failed, "a new version of the player goes out"),
            "Olga pauses failed-video-start while a new player goes out");
        At(0, 16, 30, () => Resume(StopKind.Pause, Failed, "the new player is out"),
            "Olga resumes failed-video-start: it catches up by itself");
        At(0, 20, 20,
            () => Stop(StopKind.Andon, Slow, $"{Company.BadCdn} stalls in {Places.Troubled}; the network team looks"),
            $"Olga sees {Company.BadCdn} fail in {Places.Troubled} and pulls the andon: nothing more is paid blindly");
        At(0, 22, 10, () => Resume(StopKind.Andon, Slow, "the stalls were real; traffic has moved to another CDN"),
            "Olga releases the andon: the stalls were real, and what was held is paid within the day's budget");
        agenda.Once(Company.At(1, 9, 10), Day.PeopleRank, async () => tell(await Decide()));
    }

    private Task Stop(StopKind kind, JobId job, string reason) => product.Store.Write(db =>
        JobStops.Begin(db, job, new JobStop(kind, reason, olga.Name, time.Now(), null), olga.Id));

    private Task Resume(StopKind kind, JobId job, string reason) => product.Store.Write(db =>
        JobStops.End(db, job, kind, reason, olga.Id, time.Now()));

    // Credits for a person are decided in the morning; those held for a budget need nobody, and yen need the treasurer.
    private async Task<string> Decide()
    {
        var (approved, rejected) = (0, 0);
        var pending = product.Store.Read(db => Credits.List(db, CreditState.Pending))
            .Where(c => c.HoldReason == HoldReason.Approval || c.HoldReason == HoldReason.LimitReview).ToList();
        foreach (var credit in pending)
        {
            var bar = product.Store.Read(db => credit.HoldReason == HoldReason.LimitReview && IsBar(db, credit));
            await product.Store.Write(db =>
            {
                var decider = new Decider(fred, JobBook.Authors(db, credit.JobId));
                if (bar)
                {
                    const string Reason = "a bar shows films to its guests on a private account";
                    Approvals.Reject(db, credit.Id, decider, Reason, time.Now());
                }
                else
                {
                    var job = product.Book.Acting(db, credit.JobId).Job;
                    Approvals.Approve(
                        db, credit.Id, decider, product.Releases.DayBudget(job, credit, time.Now()), time.Now());
                }
            });
            (approved, rejected) = bar ? (approved, rejected + 1) : (approved + 1, rejected);
        }
        return $"Fred approves {approved} {(approved == 1 ? "credit" : "credits")} and rejects {rejected}, with his "
            + "reason";
    }

    private static bool IsBar(System.Data.Common.DbConnection db, Credit credit) =>
        Dapper.SqlMapper.ExecuteScalar<string>(
            db, "SELECT name FROM customer WHERE customer_id = @CustomerId", new { credit.CustomerId }) is { } name
        && name.EndsWith("Bar", StringComparison.Ordinal);
}
