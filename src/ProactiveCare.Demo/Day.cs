using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Demo;

/// <summary>Two days at the company: the code below is the product itself, on a simulated clock.</summary>
internal sealed class Day(CareServices product, People people, StandingTime clock, DemoWatcher watcher)
{
    public const int PeopleRank = 1;

    private const int ArrivalRank = 0;
    private const int JobRank = 2;
    private const int BillingRank = 3;
    private const int ChoreRank = 4;

    private static readonly Duration Tick = Duration.FromMinutes(5);

    private readonly Billing billing = new(product.Store.Folder);
    private bool budgetTold;
    private int alarms;

    public async Task Live(Company company, CancellationToken stop)
    {
        var agenda = new Agenda();
        foreach (var parcel in company.Feed.Parcels()) agenda.Once(parcel.At, ArrivalRank, () => Arrive(parcel));
        people.PlanTheirDays(agenda, Tell);
        foreach (var job in product.Store.Read(JobBook.All))
        {
            var schedule = product.Store.Read(db => product.Book.Acting(db, job.Id)).Job.Schedule;
            agenda.Always(
                after => product.Settings.Cron.Next(schedule.Cron, schedule.TimeZone, after),
                Company.Start, JobRank, () => Run(job.Id));
        }
        agenda.Always(after => after + Duration.FromMinutes(30), Company.Start, BillingRank, Bill);
        agenda.Always(after => after + Tick, Company.Start - Tick, ChoreRank, () => Chores(stop));
        for (var day = 1; day <= 2; day++)
        {
            var morning = Company.At(day, 7, 0);
            agenda.Once(morning, BillingRank, () => product.Summarise(morning.InZone(Company.Zone).Date));
        }
        await agenda.Live(
            Company.End,
            now =>
            {
                clock.Now = now;
                watcher.Progress((now - Company.Start) / (Company.End - Company.Start), now);
            },
            stop);
    }

    private void Tell(string what) => watcher.Tell(clock.Now, what);

    private async Task Arrive(Parcel parcel)
    {
        var path = product.Store.Folder.Inside("in", parcel.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, parcel.Content);
        await using var stream = File.OpenRead(path);
        var result = await product.Imports.Run(
            people.Operator, parcel.Kind, parcel.Name, ImportRequest.DefaultSource, stream, CancellationToken.None);
        if (parcel.Kind == Import.Alerts && result.Stored > 1)
            Tell($"The weather service publishes {result.Stored} messages about the storm that nears");
    }

    private async Task Run(JobId job)
    {
        foreach (var run in await product.Runner.RunDue(job, "schedule"))
        {
            if (run.Error is { } error) Tell($"{job} failed: {error}");
            if (job.Value == "weather-outage-alert" && run.NewCases > 0)
                Tell($"{run.NewCases} warnings go out to the households in its path, hours before it comes");
        }
    }

    private Task Bill()
    {
        var (_, refused) = billing.Work();
        if (refused > 0) Tell($"Billing refuses {refused} refund: the card has expired, and the money is still owed");
        return Task.CompletedTask;
    }

    private async Task Chores(CancellationToken stop)
    {
        var released = await product.Releases.RunOnce();
        if (released > 0)
            Tell($"{released} held {(released == 1 ? "credit is" : "credits are")} released, as far as the day's "
                + "budget goes");
        foreach (var trouble in (await product.Settle()).Troubles) Tell(trouble);
        await product.Watch();
        await product.Deliver(stop);
        await product.Seal();
        TellWhatIsNew();
    }

    private void TellWhatIsNew()
    {
        var open = product.Store.Read(Alarms.Open);
        if (open.Count > 0 && alarms == 0) Tell(InWords(open[0]));
        else if (open.Count == 0 && alarms > 0) Tell("All is well again: the alarms end");
        alarms = open.Count;
        if (budgetTold || !product.Store.Read(DemoFigures.BudgetIsSpent)) return;
        budgetTold = true;
        Tell("The day's budget of slow-video-stream is spent: what comes now is held, and none of it is lost");
    }

    private static string InWords(Alarm alarm) => alarm.Kind == "telemetry-silent"
        ? $"Alarm: no telemetry arrives, so {alarm.JobId} is blind; Olga and the owner of the job are told"
        : $"Alarm: {alarm.Message}";
}
