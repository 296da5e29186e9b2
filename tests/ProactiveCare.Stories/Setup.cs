using ProactiveCare.Audit;
using NodaTime;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;
using ProactiveCare.Worker;

namespace ProactiveCare.Stories;

/// <summary>The installation that every story begins with.</summary>
internal static class Setup
{
    public static readonly Instant Start = Instant.FromUtc(2026, 3, 14, 14, 0);
    public static readonly JobId[] Jobs = [new("slow-video-stream"), new("failed-video-start")];

    /// <summary>Makes it.</summary>
    public static void Prepare(DataFolder folder, string jobs)
    {
        foreach (var job in Jobs)
        {
            var (from, to) = (Path.Combine(Repository.Root, "jobs", job.Value), Path.Combine(jobs, job.Value));
            Directory.CreateDirectory(to);
            foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            // Limits that a story of a few customers comes up against.
            var yaml = Path.Combine(to, "job.yaml");
            File.WriteAllText(yaml, File.ReadAllText(yaml)
                .Replace("2500.00 USD", "45.00 USD", StringComparison.Ordinal)
                .Replace("1500.00 USD", "45.00 USD", StringComparison.Ordinal)
                .Replace("above: [25.00 USD", "above: [15.00 USD", StringComparison.Ordinal));
        }
        var clock = new Clock(Start);
        Installation.Create(folder, simulated: true, clock, new Random(7));
        using var store = Store.Open(folder, clock);
        var product = Services(store, jobs, new MailFolder(folder.Inside("outbox")), clock);
        if (product.Intake.ReadAll().Result.SelectMany(load => load.Problems).FirstOrDefault() is { } problem)
            throw new InvalidOperationException(problem.ToString());
        store.Write(db =>
        {
            foreach (var (name, roles) in ((string, string)[])[("olga", "operator"), ("fred", "finance"),
                ("fiona", "finance"), ("root", "admin")])
                Actors.AddUser(db, default, name, name, name + "@company.example", roles, clock.Shown);
        }).Wait();
    }

    /// <summary>The product on a store of it.</summary>
    public static CareServices Services(Store store, string jobs, IMailTransport mail, TimeProvider time)
    {
        var notices = new NoticeSettings
        {
            From = EmailAddress.Parse("care@company.example"),
            ReplyTo = EmailAddress.Parse("people@company.example"),
            Company = "Example Films",
            Domain = "company.example",
            TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
            MaxAttempts = 4,
        };
        var settings = new CareSettings(jobs, true, notices, [])
        {
            Cron = ScheduleWords.Rules,
            TakeBackWithin = Duration.FromDays(3),
        };
        return new CareServices(store, settings, mail, time, new Random(3));
    }
}
