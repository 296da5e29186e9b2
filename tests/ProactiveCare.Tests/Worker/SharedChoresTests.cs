using Dapper;
using NodaTime;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Worker;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>Workers and commands with folders of their own beside each other on one database.</summary>
public sealed class SharedChoresTests : IDisposable
{
    private readonly Shop shop;

    public SharedChoresTests()
    {
        TestDatabase.SkipUnlessServer();
        shop = new Shop();
    }

    public void Dispose() => shop.Dispose();

    [Fact]
    public async Task What_two_workers_do_at_once_is_done_once()
    {
        shop.Do($"andon pull {Shop.Job} --reason look");
        shop.Do($"jobs run {Shop.Job}");
        shop.Do($"andon release {Shop.Job} --reason looked");
        var shared = Path.Combine(shop.Desk.Path, "refunds");
        var workers = new[] { Open("a", shared), Open("b", shared) };

        await Each(worker => worker.Releases.Step());
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
        // In shadow, too, the job has seen all there is.
        await workers[0].Store.Write(db => db.Execute("UPDATE cursor SET arrival = (SELECT last FROM arrival)"));
        var deleted = await Each(worker => worker.Retain(Duration.FromDays(90), CancellationToken.None));
        Assert.Equal((2, 0), (deleted.Sum(each => each.Deleted), Count("session")));
        foreach (var worker in workers) worker.Store.Dispose();

        Task<T[]> Each<T>(Func<Product, Task<T>> does) =>
            Task.WhenAll(workers.Select(worker => Task.Run(() => does(worker))));

        long Count(string what) =>
            workers[0].Store.Read(db => db.ExecuteScalar<long>("SELECT count(*) FROM " + what));
    }

    [Fact]
    public void A_command_where_the_jobs_are_others_does_not_change_which_jobs_there_are()
    {
        var empty = Directory.CreateDirectory(Path.Combine(shop.Desk.Path, "elsewhere")).FullName;

        shop.Do($"users add una --role finance --jobs {empty}");
        Assert.True(IsPresent());

        // Who asks for something of the jobs means those that are there.
        shop.Do($"jobs pause {Shop.Job} --reason gone --jobs {empty}");
        Assert.False(IsPresent());

        bool IsPresent()
        {
            using var store = Store.OpenReadOnly(shop.Desk.Folder);
            return Assert.Single(store.Read(JobBook.All)).Present;
        }
    }

    [Fact]
    public async Task A_data_folder_has_one_worker_and_commands_work_beside_it()
    {
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        using var worker = await RunningWorker.Start(shop.Desk);
        Assert.True(shop.Desk.Folder.IsHeld());

        var second = await shop.Desk.Type("run");
        Assert.NotEqual(0, second.Code);
        Assert.Contains("Another process is working in the data folder", second.Error);
        Assert.Equal(0, (await shop.Desk.Type("users add una --role finance")).Code);

        Assert.Equal(0, (await worker.Stop()).Code);
        Assert.False(shop.Desk.Folder.IsHeld());
    }

    private Product Open(string name, string refunds)
    {
        var settings = SettingsFile.Load(shop.Desk.Path, null, null, null);
        var folder = new DataFolder(Path.Combine(shop.Desk.Path, name)) { Server = shop.Desk.Folder.Server };
        return new Product(
            Store.Open(folder, shop.Clock),
            settings.Product with { RefundsFolder = refunds, SummaryTo = [EmailAddress.Parse("boss@kino.example")] },
            new MailFolder(folder.Inside("outbox")), shop.Clock, new Random(1));
    }
}
