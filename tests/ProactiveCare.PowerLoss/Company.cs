using System.Text;
using System.Text.Json;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker;

namespace ProactiveCare.PowerLoss;

/// <summary>
/// A small company on one disk that reports each acknowledgement at the moment it gets it. The same company
/// resumes from the image of a power loss.
/// </summary>
internal sealed class Company : IDisposable
{
    private static readonly Instant Start = Time.Parse("2026-03-14T14:00:00Z");

    private readonly string root;
    private readonly Action<string> say;
    private readonly StandingTime clock = new(Start);
    private readonly CareServices product;
    private readonly Billing billing;
    private readonly ActorId by;

    /// <param name="root">The folder above the data folder.</param>
    /// <param name="say">Is told each thing that somebody now relies on.</param>
    /// <param name="said">What was said before, by the same company.</param>
    /// <param name="hour">The hour of the day at which it opens.</param>
    public Company(string root, Action<string> say, Said said, int hour = 0)
    {
        (this.root, this.say) = (root, say);
        clock.Now += Duration.FromHours(hour);
        if (!Folder.Exists) Installation.Create(Folder, simulated: true, clock, new Random(7));
        say("installed");
        var settings = new CareSettings(Path.Combine(Repository.Root, "jobs"), true, Notices, [])
        {
            Cron = ScheduleWords.Rules,
            BillingReadsLedger = true,
        };
        var mail = new SayingTransport(new MailFolder(Folder.Inside("outbox")), Folder.Inside("outbox"), Tell);
        product = new CareServices(Store.Open(Folder, clock), settings, mail, clock, new Random(3));
        billing = new Billing(Folder, say, said);
        try
        {
            Wait(product.Intake.ReadAll());
            by = Wait(product.Store.Write(db => Actors.System(db, clock.Now())));
            Tell();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Store Store => product.Store;

    public CareServices Product => product;

    private DataFolder Folder => new(Path.Combine(root, "data"));

    private static NoticeSettings Notices => new()
    {
        From = EmailAddress.Parse("care@company.example"),
        ReplyTo = EmailAddress.Parse("people@company.example"),
        Company = "Example Films",
        Domain = "company.example",
        TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
    };

    /// <summary>Advances the clock to the start of an hour.</summary>
    public void Until(Hour hour) => clock.Now = Instant.Max(clock.Now, Start + Duration.FromHours(hour.Number));

    /// <summary>An hour of the day: what came in, and everything that follows from it.</summary>
    public void Hour(Hour hour)
    {
        foreach (var (kind, csv) in hour.Files(Start))
        {
            var request = new ImportRequest(kind, kind + ".csv", ImportRequest.DefaultSource, by);
            Wait(Import.Run(Store, request, new MemoryStream(Encoding.UTF8.GetBytes(csv)), clock));
            Tell();
        }
    }

    /// <summary>Advances the clock until everything is decided, paid and announced.</summary>
    public void GoOn()
    {
        clock.Now += Duration.FromMinutes(35);
        foreach (var run in Wait(product.Runner.RunDue(new JobId("slow-video-stream"), "schedule")))
            if (run.Error is { } error) throw new InvalidOperationException(error);
        Tell();
        for (var i = 0; i < 2; i++)
        {
            var (paid, sent) = Wait(product.RunOnce(CancellationToken.None));
            if (paid.Troubles.Count > 0) throw new InvalidOperationException(string.Join(' ', paid.Troubles));
            if (sent.RelayTrouble is { } trouble) throw new InvalidOperationException(trouble);
            Tell();
            billing.Answer();
        }
    }

    public void BackUp(string name)
    {
        Backup.Write(Folder, Folder.Inside("backups", name));
        say("backup " + name);
    }

    public void Dispose() => product.Store.Dispose();

    private void Tell() => Tell(null);

    private void Tell(string? what) => say((what is null ? "" : what + "\n")
        + "state " + JsonSerializer.Serialize(Store.Read(Tallies.Of)));

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}

/// <summary>The rows of one hour; every third customer has stalled sessions.</summary>
internal sealed record Hour(int Number, int Customers)
{
    public IEnumerable<(string Kind, string Csv)> Files(Instant start)
    {
        var end = start + Duration.FromHours(Number);
        yield return ("customers", Csv("customer_id,email,name,locale,time_zone,status,plan,currency",
            n => $"c{Number}-{n},c{Number}-{n}@example.com,Ada {n},en-US,America/New_York,active,,USD"));
        yield return ("purchases", Csv(
            "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref",
            n => $"p{Number}-{n},c{Number}-{n},rental,Arrival,4.99,USD,{(end - Duration.FromHours(1)).Iso()},"
                + $"card-{n}"));
        yield return ("sessions", Csv(
            "session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,"
            + "stall_count,startup_failed",
            n => $"s{Number}-{n},c{Number}-{n},{(n % 2 == 0 ? $"p{Number}-{n}" : "")},m-1,Arrival,"
                + $"{(end - Duration.FromMinutes(30)).Iso()},{end.Iso()},1800,{(IsBad(n) ? "180,4" : "0,0")},false"));
    }

    /// <summary>The amount owed to each of its customers, in cents.</summary>
    public IEnumerable<(string Customer, long Cents)> Owed() =>
        from n in Enumerable.Range(0, Customers)
        where IsBad(n)
        select ($"c{Number}-{n}", n % 2 == 0 ? 499L : 100L);

    private static bool IsBad(int n) => n % 3 == 0;

    private string Csv(string header, Func<int, string> row) =>
        string.Join('\n', Enumerable.Range(0, Customers).Select(row).Prepend(header)) + "\n";
}
