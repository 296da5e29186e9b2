using Dapper;
using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Ledger;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>Workers and commands with folders of their own beside each other on one database.</summary>
public sealed class SharedTasksTests : IDisposable
{
    private readonly Shop shop;

    public SharedTasksTests()
    {
        TestDatabase.SkipUnlessServer();
        shop = new Shop();
    }

    public void Dispose() => shop.Dispose();

    [Fact]
    public async Task Tasks_of_two_workers_run_once()
    {
        shop.Do($"andon pull {Shop.Job} --reason look");
        shop.Do($"jobs run {Shop.Job}");
        shop.Do($"andon release {Shop.Job} --reason looked");
        var shared = Path.Combine(shop.Desk.Path, "refunds");
        var workers = new[] { Open("a", shared), Open("b", shared) };

        await Each(worker => worker.Releases.RunOnce());
        Assert.Equal(1, Count("audit WHERE action = 'credit.release'"));
        Assert.Equal(1, Count("credit WHERE state = 'approved'"));
        Assert.Equal(1, Count("credit WHERE hold_reason = 'approval'"));

        var sent = await Each(worker => worker.Settle());
        Assert.All(sent, report => Assert.Empty(report.Troubles));
        Assert.Equal(1, sent.Sum(report => report.Sent));
        var file = Assert.Single(Directory.GetFiles(Path.Combine(shared, "out")));
        var answer = Path.Combine(shared, "in", Path.GetFileNameWithoutExtension(file) + ".ack.csv");
        File.WriteAllText(
            answer, $"credit_id,status\n{File.ReadLines(file).Last().Split(',')[0]},accepted\n");
        Assert.Equal(1, (await Each(worker => worker.Settle())).Sum(report => report.Settled));

        await Each(async worker =>
        {
            await worker.Summarise(new LocalDate(2026, 3, 14));
            return 0;
        });
        Assert.Equal(1, Count("notice WHERE topic = 'summary'"));
        Assert.Equal(Count("notice WHERE state = 'queued'"), (await Each(
            worker => worker.Deliver(CancellationToken.None))).Sum(counts => counts.Sent + counts.Held));

        Assert.Equal(Count("entry"), (await Each(worker => worker.Seal())).Sum());
        var books = workers[0].Store.Read(BooksCheck.Run);
        Assert.Equal((books.Entries, 0), (books.Sealed, books.Problems.Count));

        shop.Clock.Advance(TimeSpan.FromDays(100));
        Assert.Equal(2, Count("session"));
        var deleted = await Each(worker => worker.Retain(Duration.FromDays(90), CancellationToken.None));
        Assert.Equal((2, 0), (deleted.Sum(each => each.Deleted), Count("session")));
        foreach (var worker in workers) worker.Store.Dispose();

        Task<T[]> Each<T>(Func<CareServices, Task<T>> does) =>
            Task.WhenAll(workers.Select(worker => Task.Run(() => does(worker))));

        long Count(string what) =>
            workers[0].Store.Read(db => db.ExecuteScalar<long>("SELECT count(*) FROM " + what));
    }

    [Fact]
    public void Command_with_another_jobs_folder_does_not_change_the_jobs()
    {
        var empty = Directory.CreateDirectory(Path.Combine(shop.Desk.Path, "elsewhere")).FullName;

        shop.Do($"users add una --role finance --jobs {empty}");
        Assert.True(IsPresent());

        shop.Do($"jobs pause {Shop.Job} --reason gone --jobs {empty}");
        Assert.True(IsPresent());

        bool IsPresent() => Book().Present;
    }

    [Fact]
    public void Command_accept_alone_loads_a_folder_and_only_that_of_its_job()
    {
        var mine = Path.Combine(shop.Desk.Path, "mine");
        foreach (var file in Directory.GetFiles(Path.Combine(shop.Desk.Path, "jobs", Shop.Job)))
        {
            var text = File.ReadAllText(file).Replace("above: [5.00 USD", "above: [6.00 USD", StringComparison.Ordinal);
            shop.Desk.File($"mine/{Shop.Job}/{Path.GetFileName(file)}", text);
        }
        var before = Book();
        shop.Do($"jobs run {Shop.Job} --jobs {mine}");
        Assert.Equal(before, Book());

        var shown = shop.Desk.Run($"jobs accept {Shop.Job} --jobs {mine}");
        Assert.Contains("5.00 USD", shown.Error);
        Assert.Equal(before, Book());
        shop.Do($"jobs accept {Shop.Job} --yes --jobs {mine}");
        Assert.Contains("acts already", shop.Desk.Run($"jobs accept {Shop.Job} --yes --jobs {mine}").Error);
        var after = Book();
        Assert.NotEqual(before.Active, after.Active);
        Assert.Equal((after.Proposed, true), (after.Active!.Value, after.Present));
    }

    [Fact]
    public async Task Immediate_payment_and_sending_need_a_worker()
    {
        var refused = await shop.Desk.Type("notices deliver");
        Assert.Equal(2, refused.Code);
        Assert.Contains("No worker runs on the data folder", refused.Error);
        shop.Desk.OsUser = OsUsers.Current;
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        using var worker = await RunningWorker.Start(shop.Desk);
        Assert.Contains("not a user of this installation", (await shop.Desk.Type("notices deliver")).Error);
        using (var store = Store.Open(shop.Desk.Folder, shop.Clock))
        {
            await store.Write(db => db.Execute(
                "UPDATE actor SET os_user = @Current WHERE os_user = 'ada'", new { OsUsers.Current }));
        }
        Assert.Equal(0, (await shop.Desk.Type("notices deliver")).Code);
        await worker.Stop();
    }

    [Fact]
    public async Task Worker_older_than_the_schema_exits_with_the_reason()
    {
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        using var worker = await RunningWorker.Start(shop.Desk);
        var step = Migrations.Of("9901_more.postgresql.sql", "ALTER TABLE actor ADD COLUMN shoe_size BIGINT");
        using (PostgresStore.OpenForWriting(shop.Desk.Folder, shop.Clock, Migrations.Postgres.With(step))) { }
        var told = await worker.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, told.Code);
        Assert.Contains("newer version of ProactiveCare", told.Error);
        Assert.False(shop.Desk.Folder.IsHeld());
    }

    [Fact]
    public async Task Data_folder_has_one_worker_and_commands_work_beside_it()
    {
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        using var worker = await RunningWorker.Start(shop.Desk);
        Assert.True(shop.Desk.Folder.IsHeld());

        var second = await shop.Desk.Type("run");
        Assert.NotEqual(0, second.Code);
        Assert.Contains("Another process is working in the data folder", second.Error);
        // The worker does it, under the user that the system reports.
        Assert.Contains(
            $"{OsUsers.Current} is not a user", (await shop.Desk.Type("users add una --role finance")).Error);

        Assert.Equal(0, (await worker.Stop()).Code);
        Assert.False(shop.Desk.Folder.IsHeld());
    }

    [Fact]
    public void Clock_skew_is_reported()
    {
        var worker = Open("a", "refunds");
        using var store = worker.Store;
        var settings = SettingsFile.Load(shop.Desk.Path, null, null, null).Product;
        new CareServices(store, settings, new MailFolder("outbox"), TimeProvider.System, new Random(1))
            .Clocks.Compare();
        Assert.Contains("behind", Assert.Throws<StorageException>(worker.Clocks.Compare).Message);
        shop.Clock.Advance(TimeSpan.FromDays(10_000));
        Assert.Contains("ahead of", Assert.Throws<StorageException>(worker.Clocks.Compare).Message);
    }

    private BookedJob Book()
    {
        using var store = Store.OpenReadOnly(shop.Desk.Folder);
        return Assert.Single(store.Read(JobBook.All));
    }

    [Fact]
    public async Task Command_for_another_database_than_the_workers_does_nothing()
    {
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        using var worker = await RunningWorker.Start(shop.Desk);
        using var other = new Desk();
        other.Run("db init");
        var told = await other.Type($"users add una --role finance --data {shop.Desk.Folder.Path}");
        Assert.Equal((2, ""), (told.Code, told.Out));
        Assert.Contains("another installation than the settings name", told.Error);
        await worker.Stop();
    }

    private CareServices Open(string name, string refunds)
    {
        var settings = SettingsFile.Load(shop.Desk.Path, null, null, null);
        var folder = new DataFolder(Path.Combine(shop.Desk.Path, name)) { Server = shop.Desk.Folder.Server };
        return new CareServices(
            Store.Open(folder, shop.Clock),
            settings.Product with { RefundsFolder = refunds, SummaryTo = [EmailAddress.Parse("boss@kino.example")] },
            new MailFolder(folder.Inside("outbox")), shop.Clock, new Random(1));
    }
}
