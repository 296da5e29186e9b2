using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker;
using SendResult = ProactiveCare.Notices.SendResult;

namespace ProactiveCare.Bench;

/// <summary>
/// An installation with the shipped job for slow streams, run as in the worker: a thread for the pump, the same
/// steps. Its limits are raised so that nothing waits for a person, and its clock is moved by hand.
/// </summary>
internal sealed partial class Company : IDisposable
{
    public static readonly JobId Job = new("slow-video-stream");

    private readonly StandingTime clock;
    private readonly Thread pump;
    private int payments;

    private Company(string folder, IMailTransport mail, Instant now, PostgresServer? server)
    {
        Folder = new DataFolder(Path.Combine(folder, "data")) { Server = server };
        clock = new StandingTime(now);
        if (!Folder.Exists) Installation.Create(Folder, simulated: true, clock, new Random(1));
        Store = Store.Open(Folder, clock);
        pump = new Thread(() =>
        {
            while (Store.WaitAndStep())
            {
            }
        }) { IsBackground = true };
        pump.Start();
        Product = new CareServices(
            Store,
            new CareSettings(Path.Combine(folder, "jobs"), true, Manners, [])
            {
                Cron = ScheduleWords.Rules,
                BillingReadsLedger = true,
                Node = Path.GetFileName(folder),
            },
            mail, clock, new Random(3));
    }

    public DataFolder Folder { get; }

    public Store Store { get; }

    public CareServices Product { get; }

    /// <summary>The company's current time.</summary>
    public Instant Now
    {
        get => clock.Now;
        set => clock.Now = value;
    }

    private static NoticeSettings Manners { get; } = new()
    {
        From = EmailAddress.Parse("care@company.example"),
        ReplyTo = EmailAddress.Parse("people@company.example"),
        Company = "Example Films",
        Domain = "company.example",
        QuietFrom = new LocalTime(0, 0),
        QuietTo = new LocalTime(0, 0),
        DailyCap = 1000,
    };

    /// <summary>The time at which all sessions of a day can be judged.</summary>
    public static Instant After(LocalDate day) => day.PlusDays(1).AtMidnight().InUtc().ToInstant()
        + Duration.FromHours(3);

    /// <summary>Opens the company in a folder, and creates it if it does not exist.</summary>
    public static async Task<Company> Open(
        string folder, Instant now, IMailTransport? mail = null, PostgresServer? server = null)
    {
        if (!Directory.Exists(Path.Combine(folder, "jobs"))) WriteJob(folder);
        var company = WithoutJobs(folder, now, mail, server);
        await company.Product.Intake.ReadAll();
        return company;
    }

    /// <summary>A company that only imports files.</summary>
    public static Company WithoutJobs(
        string folder, Instant now, IMailTransport? mail = null, PostgresServer? server = null) =>
        new(folder, mail ?? new Letterbox(), now, server);

    public async Task<ImportResult> Import(string kind, string path)
    {
        var by = await Store.Write(db => Actors.System(db, Now));
        using var file = File.OpenRead(path);
        var result = await ProactiveCare.Telemetry.Import.Run(
            Store, new ImportRequest(kind, path, ImportRequest.DefaultSource, by), file, clock);
        return result.Stored == result.Received
            ? result
            : throw new InvalidOperationException($"{path} was not stored whole: {result}");
    }

    /// <summary>Runs the job once.</summary>
    public async Task<Run> Detect()
    {
        var run = (await Product.Runner.RunDue(Job, "schedule")).Single();
        return run.Error is null ? run : throw new InvalidOperationException(run.Error);
    }

    public async Task<SettlementReport> Settle()
    {
        var report = await Product.Settle();
        return report.Troubles.Count == 0 ? report : throw new InvalidOperationException(report.Troubles[0]);
    }

    /// <summary>Billing pays every refund sent since, and answers in files.</summary>
    public void BillingAnswers()
    {
        var inbox = Directory.CreateDirectory(Folder.Inside("refunds", "in")).FullName;
        foreach (var file in Directory.GetFiles(Folder.Inside("refunds", "out"), "*.csv"))
        {
            var answers = File.ReadLines(file).Skip(1).Select(line => line[..line.IndexOf(',')])
                .Select(credit => string.Create(CultureInfo.InvariantCulture, $"{credit},accepted,bill-{++payments},"));
            var aside = Folder.Inside("refunds", "answer.part");
            File.WriteAllText(aside, "credit_id,status,reference,reason\n" + string.Join('\n', answers) + "\n");
            File.Move(aside, Path.Combine(inbox, Path.GetFileNameWithoutExtension(file) + ".ack.csv"));
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        Store.Dispose();
        pump.Join();
    }

    private static void WriteJob(string folder)
    {
        var from = Path.Combine(Room.Jobs, Job.Value);
        var to = Directory.CreateDirectory(Path.Combine(folder, "jobs", Job.Value)).FullName;
        // The examples are of the limits that are shipped.
        foreach (var file in Directory.GetFiles(from).Where(file => !Path.GetFileName(file).StartsWith("examples.",
            StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        var yaml = Path.Combine(to, "job.yaml");
        var own = Budget().Replace(File.ReadAllText(yaml),
            "  budget: { amount: [90000000.00 USD, 90000000.00 EUR], per: day }");
        File.WriteAllText(yaml, PerCustomer().Replace(own, "  perCustomer: { count: 1000, in: 90d }"));
    }

    [GeneratedRegex("^  budget:.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Budget();

    [GeneratedRegex("^  perCustomer:.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex PerCustomer();
}

/// <summary>Accepts and discards every mail.</summary>
internal sealed class Letterbox : IMailTransport
{
    public Task<ProactiveCare.Notices.SendResult> Send(OutgoingMail mail, CancellationToken cancellation) =>
        Task.FromResult(new ProactiveCare.Notices.SendResult(SendOutcome.Accepted, "250 taken"));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
