using Dapper;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Jobs;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker;

/// <summary>Two jobs that act, and a stored version of one that this program cannot read.</summary>
public sealed class UnreadableVersionTests : IDisposable
{
    private const string Other = "failed-video-start";
    private const string Reason = "cannot be read by this program";

    private readonly Shop shop = new();

    public UnreadableVersionTests()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Shipped.JobsFolder, Other)))
            shop.Desk.File($"jobs/{Other}/{Path.GetFileName(file)}", File.ReadAllText(file));
        shop.Do($"jobs run {Shop.Job}");
        shop.Do($"jobs accept {Other} --yes");
        Write($"UPDATE job_version SET files = '{{\"job.yaml\":\"bm9uc2Vuc2U=\"}}' WHERE job_id = '{Shop.Job}'");
    }

    public void Dispose() => shop.Dispose();

    [Fact]
    public void List_shows_the_unreadable_job_and_the_others()
    {
        var listed = shop.Do("jobs list").Out;
        Assert.Contains("state      does not run. Version ", listed);
        Assert.Contains(Reason, listed);
        Assert.Contains("state      live", listed);
        var jobs = shop.Do("jobs list --json").Json.EnumerateArray()
            .ToDictionary(job => job.GetProperty("id").GetString()!, job => job.GetProperty("state").GetString());
        Assert.Equal(("unreadable", "live"), (jobs[Shop.Job], jobs[Other]));
    }

    [Fact]
    public void Run_of_the_unreadable_job_is_refused_and_others_run()
    {
        var refused = shop.Desk.Run($"jobs run {Shop.Job}");
        Assert.Equal(2, refused.Code);
        Assert.Contains(Reason, refused.Error);
        shop.Do($"jobs run {Other}");
    }

    [Fact]
    public async Task Tasks_continue_and_staff_get_an_alarm_that_names_the_job()
    {
        var alarms = await shop.Work(async services =>
        {
            await services.Watch();
            await services.Releases.RunOnce();
            await services.Intake.ReadAll();
            await services.Settle();
            await services.Retain(Duration.FromDays(90), default);
            await services.Summarise(new LocalDate(2026, 3, 15));
            Assert.NotEqual(0, (await services.Deliver(default)).Sent);
            return services.Store.Read(Alarms.Open);
        });
        var alarm = Assert.Single(alarms, each => each.Kind == "version-unreadable");
        Assert.Equal(Shop.Job, alarm.JobId.Value);
        Assert.Contains($"of {Shop.Job} {Reason}", alarm.Message);
        Assert.Contains("other jobs do", alarm.Message);
    }

    [Fact]
    public async Task Notice_waits_until_its_words_can_be_read()
    {
        await shop.Work(services => services.Deliver(default));
        var notices = shop.Do("notices list --json").Json.EnumerateArray().ToList();
        Assert.Contains(notices, notice =>
            notice.GetProperty("reason").GetString() == NoticeReason.WordsUnreadable.Text);
        Assert.DoesNotContain(notices, notice => notice.GetProperty("state").GetString() == "suppressed");
    }

    [Fact]
    public async Task Telemetry_that_the_unreadable_job_has_not_read_is_kept()
    {
        Write("UPDATE cursor SET arrival = 0 WHERE job_id = '" + Shop.Job + "'");
        shop.Do($"jobs run {Other}");
        shop.Clock.Advance(TimeSpan.FromDays(100));
        Assert.Equal(0, (await shop.Work(services => services.Retain(Duration.FromDays(90), default))).Deleted);
    }

    [Fact]
    public async Task Worker_starts_and_schedules_the_others()
    {
        shop.Desk.OsUser = OsUsers.Current;
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        using var worker = await RunningWorker.Start(shop.Desk);
        var told = await worker.Stop();
        Assert.Equal(0, told.Code);
        Assert.Contains($"{Shop.Job}: does not run: this program cannot read its version.", told.Out);
        Assert.Contains($"{Other}: every 5 minutes", told.Out);
    }

    [Fact]
    public async Task Corrected_folder_can_be_accepted_and_ends_the_alarm()
    {
        await shop.Work(Watch);
        var file = Path.Combine(shop.Desk.Path, "jobs", Shop.Job, "job.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("[5.00 USD", "[6.00 USD", StringComparison.Ordinal));
        Assert.Contains("The changes are not known.", shop.Do($"jobs accept {Shop.Job} --yes").Out);
        Assert.DoesNotContain(await shop.Work(Watch), alarm => alarm.Kind == "version-unreadable");
        Assert.Contains("live", shop.Do("jobs list --json").Out);
        shop.Do($"jobs run {Shop.Job}");

        static async Task<IReadOnlyList<Alarm>> Watch(CareServices services)
        {
            await services.Watch();
            return services.Store.Read(Alarms.Open);
        }
    }

    private void Write(string sql)
    {
        using var store = Store.Open(shop.Desk.Folder, shop.Clock);
        Assert.NotEqual(0, store.Write(db => db.Execute(sql)).GetAwaiter().GetResult());
    }
}
