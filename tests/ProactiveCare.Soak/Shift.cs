using System.Text;
using NodaTime;
using ProactiveCare.Demo;
using ProactiveCare.Detection;
using ProactiveCare.Finance;
using ProactiveCare.Jobs;
using ProactiveCare.Outcomes;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker;

namespace ProactiveCare.Soak;

/// <summary>The product in simulated hours: each task at a steady interval, one thread, one clock.</summary>
internal sealed class Shift(CareServices product, World world, StandingTime clock, CancellationToken stop)
{
    private const int ArrivalRank = 0;
    private const int StaffRank = 1;
    private const int JobRank = 2;
    private const int BillingRank = 3;
    private const int ChoreRank = 4;

    private readonly Agenda agenda = new();
    private readonly Billing billing = new(product.Store.Folder);
    private readonly Staff staff = new(product, clock);

    public ChoreTimes Times { get; } = new();

    public List<string> Troubles { get; } = [];

    public async Task Begin(Duration kept)
    {
        await staff.Hire();
        var start = clock.Now;
        foreach (var job in product.Store.Read(JobBook.All))
        {
            var schedule = product.Store.Read(db => product.Book.Due(db, job.Id))[0].Job.Schedule;
            agenda.Always(
                after => ScheduleWords.Next(schedule.Cron, schedule.TimeZone, after, 1)[0], start, JobRank,
                () => Run(job.Id));
        }
        Every(10, start, ArrivalRank, Arrive);
        Every(30, start, BillingRank, () => Times.Take("billing", () => Task.Run(billing.Work, stop)));
        Every(1, start, ChoreRank, Chores);
        Every(10, start, ChoreRank, () => Times.Take("retention", () => product.Retain(kept, stop)));
        Every(60, start + Duration.FromMinutes(20), StaffRank, staff.PullAndon);
        Every(60, start + Duration.FromMinutes(40), StaffRank, staff.ReleaseAndon);
        Every(60, start + Duration.FromMinutes(50), StaffRank, staff.DecideAll);
        Every(60, start, ChoreRank, () => Times.Take("summary", () => Task.FromResult(Summarise())));
    }

    public Task Live(Instant until) => agenda.Live(until, now => clock.Now = now, stop);

    private void Every(int minutes, Instant from, int rank, Func<Task> act) =>
        agenda.Always(after => after + Duration.FromMinutes(minutes), from, rank, act);

    private async Task Arrive()
    {
        foreach (var parcel in world.Company.Feed.Take(clock.Now))
        {
            await Import(parcel);
            // A producer that got no answer sends its file again.
            if (parcel.Kind == "sessions" && clock.Now.InUtc().Minute == 30) await Import(parcel);
        }
    }

    private Task Import(Parcel parcel) => Times.Take("import", async () =>
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(parcel.Content));
        await ProactiveCare.Telemetry.Import.Run(
            product.Store, new ImportRequest(parcel.Kind, parcel.Name, ImportRequest.DefaultSource, staff.Operator),
            content, clock, stop: stop);
    });

    private Task Run(JobId job) => Times.Take("run", async () =>
    {
        foreach (var run in await product.Runner.RunDue(job, "schedule"))
            if (run.Error is { } error) Troubles.Add($"{job}: {error}");
    });

    private async Task Chores()
    {
        await Times.Take("releases", product.Releases.RunOnce);
        Troubles.AddRange((await Times.Take("settle", product.Settle)).Troubles);
        await Times.Take("watch", product.Watch);
        if ((await Times.Take("deliver", () => product.Deliver(stop))).RelayTrouble is { } trouble)
            Troubles.Add(trouble);
        await Times.Take("seal", product.Seal);
    }

    // The summary of this hour and its headline.
    private int Summarise() => product.Store.Read(db =>
    {
        var from = clock.Now - Duration.FromHours(1);
        return DaySummary.Lines(db, from, clock.Now).Count + (int)Headline.Of(db, from, clock.Now).Helped;
    });
}
