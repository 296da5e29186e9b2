using ProactiveCare.Jobs;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;

namespace ProactiveCare.Demo;

/// <summary>The parameters of a demo.</summary>
/// <param name="Folder">The folder that it may write to.</param>
/// <param name="ShippedJobs">The folder of the shipped jobs.</param>
/// <param name="Seed">The seed of random numbers: the same seed gives the same two days.</param>
/// <param name="Customers">The number of customers drawn, beside the scripted ones.</param>
/// <param name="OsUser">The operating-system user that may act in it afterwards.</param>
/// <param name="Cron">The scheduler's understanding of cron expressions.</param>
internal sealed record DemoRequest(DataFolder Folder, string ShippedJobs, int Seed, int Customers, string OsUser,
    CronRules Cron);

/// <summary>Creates a simulated company and runs two days of it.</summary>
internal static class Demonstration
{
    public const int Customers = 400;

    public static async Task<DemoFigures> Run(DemoRequest request, DemoWatcher watcher, CancellationToken stop)
    {
        var folder = request.Folder;
        DemoFolder.Prepare(folder);
        DemoFolder.WriteJobs(folder, request.ShippedJobs);
        DemoFolder.WriteSettings(folder);
        var clock = new StandingTime(Company.Start);
        Installation.Create(folder, simulated: true, clock, new Random(request.Seed));
        using var store = Store.Open(folder, clock);
        var notices = Notices();
        await using var mail = new MailFolder(folder.Inside("outbox"));
        var product = new CareServices(
            store, new CareSettings(folder.Inside("jobs"), true, notices, []) { Cron = request.Cron }, mail, clock,
            new Random(request.Seed));
        var people = new People(product, clock);
        await people.Hire(request.OsUser);
        if ((await product.Intake.ReadAll()).SelectMany(load => load.Problems).FirstOrDefault() is { } problem)
            throw new DemoException($"The demo cannot use the jobs in {request.ShippedJobs}: {problem}");
        var company = Company.OfTwoDays(request.Customers, request.Seed);
        watcher.Tell(clock.Now,
            $"{Company.Name} opens: {company.People.Count} customers by habit, and a few with a story");
        await new Day(product, people, clock, watcher).Live(company, stop);
        using (var journal = File.Create(folder.Inside("ledger.journal")))
            store.Read(db =>
            {
                LedgerExport.Write(db, "hledger", notices.TimeZone, journal);
                return true;
            });
        return store.Read(db => DemoFigures.Of(db, product.Book, request.Seed));
    }

    private static NoticeSettings Notices() => new()
    {
        From = EmailAddress.Parse($"care@{Company.Domain}", Company.Name),
        ReplyTo = EmailAddress.Parse($"people@{Company.Domain}", Company.Name),
        Company = Company.Name,
        Domain = Company.Domain,
        TimeZone = Company.Zone,
    };
}
