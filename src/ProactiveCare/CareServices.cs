using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Customers;
using ProactiveCare.Detection;
using ProactiveCare.Finance;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Words;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare;

/// <summary>The settings of the features.</summary>
/// <param name="JobsFolder">The folder of job folders.</param>
/// <param name="AutoActivation">Whether a version acts without being accepted.</param>
/// <param name="Notices">The settings of notices.</param>
/// <param name="SummaryTo">The recipients of the daily summary, beside the users with an address.</param>
internal sealed record CareSettings(
    string JobsFolder, bool AutoActivation, NoticeSettings Notices, IReadOnlyList<EmailAddress> SummaryTo)
{
    /// <summary>The scheduler's understanding of cron expressions.</summary>
    public required CronRules Cron { get; init; }

    /// <summary>The folder of files for billing; null for the data folder's own.</summary>
    public string? RefundsFolder { get; init; }

    /// <summary>Whether billing reads account credits in our ledger, so that the entry is the payment.</summary>
    public bool BillingReadsLedger { get; init; }

    /// <summary>The time after payment in which an account credit may be taken back; null for never.</summary>
    public Duration? TakeBackWithin { get; init; }

    /// <summary>The name of this node in its leases; null for the machine's name.</summary>
    public string? Node { get; init; }

    /// <summary>Whether the process is a worker, and not a command beside workers.</summary>
    public bool IsWorker { get; init; }

    /// <summary>The statuses that a customer may have.</summary>
    public IReadOnlyList<string> CustomerStatuses { get; init; } = Customers.CustomerStatuses.Usual;

    /// <summary>The share of an hour's rows set aside above which staff are told.</summary>
    public decimal SetAsideAlarm { get; init; } = 0.05m;

    /// <summary>The other engines that hold telemetry.</summary>
    public Sources Sources { get; init; } = Sources.None;
}

/// <summary>The results of payment and delivery.</summary>
internal sealed record Delivered(SettlementReport Paid, DeliveryCounts Sent);

/// <summary>The features put together: each processing step, for the worker and for commands.</summary>
internal sealed class CareServices
{
    private readonly (IMailTransport Mail, Random Random) given;
    private readonly TimeProvider time;
    private readonly NoticeDelivery delivery;
    private readonly Sealer sealer;
    private volatile string? older;
    private volatile bool isAsked;

    public CareServices(Store store, CareSettings settings, IMailTransport mail, TimeProvider time, Random random)
    {
        (Store, Settings, this.time, given) = (store, settings, time, (mail, random));
        store.CompanyZone = settings.Notices.TimeZone;
        Book = new JobBook(
            new JobLoader(
                settings.Cron.Error, new NoticeFieldNames(store.Folder, time, settings.Sources).Of,
                settings.Cron.ShortestPause));
        Intake = new JobIntake(store, Book, settings.JobsFolder, settings.AutoActivation, time)
        {
            InWorker = settings.IsWorker,
        };
        var desk = new CaseDesk(settings.Notices);
        Runner = settings.Node is { } node
            ? new JobRunner(store, Book, desk, time, settings.Sources) { Node = node }
            : new JobRunner(store, Book, desk, time, settings.Sources);
        Releases = new ReleaseHolds(store, Book, desk, time);
        Settlement = new Settlement(
            Gateways(store.Folder, settings, time),
            new SettlementEvents((db, credit) => CaseNotices.Settled(db, credit, settings.Notices, Book),
                Refused, (db, credit) => CaseNotices.Undone(db, credit, settings.Notices, Book, time.Now())),
            time);
        var renderer = new NoticeRenderer(settings.Notices, (job, version, locale, kind) =>
            store.Read(db => Book.Find(db, job, version, out _)) is { } readable
                ? Template(readable, locale, kind)
                : throw new WordsUnreadableException());
        sealer = new Sealer(time);
        delivery = new NoticeDelivery(store, mail, renderer, time, random);
        Access = new AccessOperations(store, time);
        Clocks = new ClockWatch(store, settings.Notices.Lease, time);
        Imports = new ImportOperations(store, Refunded, time) { CustomerStatuses = settings.CustomerStatuses };
        Quarantine = new QuarantineOperations(store, Refunded, time) { CustomerStatuses = settings.CustomerStatuses };
        Credits = new CreditOperations(
            store,
            new JobOfCredit(
                (db, credit, now) => Releases.DayBudget(Book.Acting(db, credit.JobId).Job, credit, now),
                JobBook.Authors, Settlement, new DebitRules(settings.BillingReadsLedger, settings.TakeBackWithin)),
            time);
        Notices = new NoticeOperations(store, time);
        Stops = new StopOperations(store, Intake, time);
        Jobs = new JobOperations(store, Book, Intake, Runner, time) { Check = Check };
        Restores = new RestoreOperations(store, Settlement, mail, settings.Notices, (time, random));
    }

    /// <summary>The ways to pay.</summary>
    public static IReadOnlyList<IPaymentGateway> Gateways(DataFolder folder, CareSettings settings, TimeProvider time)
    {
        var billing = settings.RefundsFolder ?? folder.Inside("refunds");
        return
        [
            new BillingFileGateway(BillingFiles.Refunds, billing, time),
            new BillingFileGateway(BillingFiles.AccountCredits, billing, time)
            {
                PaysByPosting = settings.BillingReadsLedger,
            },
        ];
    }

    /// <summary>Raised when work may have become due on this node, so that its periodic tasks run at once.</summary>
    public event EventHandler? BecameDue;

    public Store Store { get; }

    public CareSettings Settings { get; }

    public JobBook Book { get; }

    public JobIntake Intake { get; }

    public JobRunner Runner { get; }

    public ReleaseHolds Releases { get; }

    public Settlement Settlement { get; }

    public AccessOperations Access { get; }

    public ImportOperations Imports { get; }

    public QuarantineOperations Quarantine { get; }

    public CreditOperations Credits { get; }

    public NoticeOperations Notices { get; }

    public StopOperations Stops { get; }

    public JobOperations Jobs { get; }

    public ClockWatch Clocks { get; }

    public RestoreOperations Restores { get; }

    /// <summary>The same features with another clock.</summary>
    public CareServices At(TimeProvider clock) => new(Store, Settings, given.Mail, clock, given.Random);

    /// <summary>Reports that work may have become due: called after a commit that others wait for.</summary>
    public void SignalDue() => BecameDue?.Invoke(this, EventArgs.Empty);

    public async Task<SettlementReport> Settle()
    {
        if (AskWhetherOlder() is { } why) return SettlementReport.Trouble(why);
        var report = await Restores.LookIfNew() + await Settlement.RunOnce(Store);
        if (report.Settled > 0) SignalDue();
        return report;
    }

    /// <summary>Sends mail; none to customers while the database is older than its folders, as settlement
    /// found.</summary>
    public Task<DeliveryCounts> Deliver(CancellationToken stop)
    {
        if (!isAsked) AskWhetherOlder();
        delivery.StaffOnly = older is not null;
        return delivery.RunOnce(stop);
    }

    private string? AskWhetherOlder()
    {
        older = Restores.Newer();
        isAsked = true;
        return older;
    }

    public Task<int> Seal() => sealer.RunOnce(Store);

    /// <summary>Numbers arrivals in a database that several workers share.</summary>
    /// <exception cref="StorageException">Rows have waited too long for their numbers.</exception>
    public async Task Number(CancellationToken stop)
    {
        await Numbering.Run(Store, stop);
        if (Store.Read(db => Numbering.StalledSince(db, time.Now())) is { } stalled)
            throw new StorageException($"Telemetry received since {stalled.Iso()} has no arrival number yet. "
                + Numbering.Advice);
    }

    /// <summary>Deletes telemetry older than the retention, once every job has seen it; a job with a window still finds
    /// its whole window.</summary>
    /// <returns>The number of deleted rows, and whether more are left for later passes.</returns>
    public async Task<(long Deleted, bool Behind)> Retain(Duration kept, CancellationToken stop)
    {
        var before = time.Now() - Duration.Max(kept, Store.Read(Look));
        var rule = Store.Read(db => Retention.OnePass(db, before, Book.SeenByAll(db)));
        var deleted = await Retention.Delete(Store, rule, stop: stop);
        return (deleted.Values.Sum(), rule.ReceivedBefore < before);
    }

    /// <summary>Pays and sends everything that is due now.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public Task<Delivered> DeliverNow(Actor by, CancellationToken stop)
    {
        by.Require(Role.Operator);
        // These settings may name no relay and another refund folder, and mail or refunds would count as sent.
        return Intake.IsBesideWorkers && !Store.Installation.Simulated
            ? throw new RefusedException(
                $"No worker runs on the data folder {Store.Folder.Path}, and in a database that workers share one of "
                + "them pays and sends, with its settings. Start one (proactive-care run), or type this where one "
                + "runs.")
            : RunOnce(stop);
    }

    /// <summary>Runs everything that follows detection once: releases, payments, mails, seals.</summary>
    public async Task<Delivered> RunOnce(CancellationToken stop)
    {
        await Releases.RunOnce();
        var paid = await Settle();
        var sent = await Deliver(stop);
        while (await Seal() > 0) { }
        return new Delivered(paid, sent);
    }

    /// <summary>Updates the alarms of every job and queues notices to staff about new ones.</summary>
    public Task Watch() => Store.Write(db =>
    {
        var now = time.Now();
        if (Alarms.WatchImports(db, Settings.SetAsideAlarm, now) is { } setAside)
            DaySummary.QueueAlarm(db, setAside, null, Settings.Notices);
        var unreadable = Book.Unreadable(db);
        foreach (var booked in JobBook.All(db).Where(job => job.Present))
        {
            var acting = booked.Active is not null && Book.Due(db, booked.Id) is [var due, ..] ? due : null;
            foreach (var alarm in Alarms.Watch(db, booked.Id, acting, unreadable.GetValueOrDefault(booked.Id),
                Settings.Cron, now))
                DaySummary.QueueAlarm(db, alarm, EmailAddress.Parse(booked.Owner), Settings.Notices);
        }
        foreach (var alarm in Alarms.WatchMoney(db, older, now))
            DaySummary.QueueAlarm(db, alarm, null, Settings.Notices);
    });

    // The customer of a credit that came to nothing has the money from elsewhere.
    private void Refunded(DbConnection db, RefundReceived refund, ActorId by)
    {
        foreach (var credit in MoneyElsewhere.Receive(db, refund, by, time.Now()))
            Outbox.Overtake(db, $"case:{credit.CaseId}:held");
    }

    private void Refused(DbConnection db, Credit credit)
    {
        if (MoneyElsewhere.Returned(db, credit, time.Now())) Outbox.Overtake(db, $"case:{credit.CaseId}:held");
    }

    private async Task<JobChecked> Check(JobFolder folder)
    {
        using var check = new JobCheck(Settings, Store.Folder, time);
        return await check.Of(check.Loader.Load(folder));
    }

    private Duration Look(DbConnection db) => JobBook.All(db)
        .SelectMany(booked => Book.Due(db, booked.Id))
        .Select(due => due.Job.Detect.Look)
        .DefaultIfEmpty(Duration.Zero).Max();

    private static NoticeWords? Template(Job job, string locale, NoticeEvent kind) =>
        NoticeFile.Choose(job.Folder.Files.Keys, locale, kind) is { } file
            ? file.WordsFor(Encoding.UTF8.GetString(job.Folder.Files[file.Name]), locale)
            : ProductWords.For(locale, kind);

    /// <summary>Queues the summary of the day before for operators and finance.</summary>
    public Task Summarise(LocalDate day) => Store.Write(db =>
        DaySummary.Queue(db, day, Settings.SummaryTo, Settings.Notices, time.Now()));
}
