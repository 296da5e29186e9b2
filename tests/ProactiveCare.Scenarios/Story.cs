using System.Globalization;
using System.Text;
using Dapper;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker;

namespace ProactiveCare.Scenarios;

/// <summary>
/// A company whose time passes as the story says: given rows, at instants, expect mails, credits and reasons. Everything below the
/// story is the product itself, on a real database, writing real mails and refund files.
/// </summary>
internal sealed class Story : IDisposable
{
    private readonly StandingTime clock;
    private readonly string root = Path.Combine(Path.GetTempPath(), "story-" + Guid.NewGuid().ToString("n"));
    private readonly bool auto;

    public Story(string at, bool auto = true, params string[] jobs)
    {
        this.auto = auto;
        clock = new StandingTime(Time.Parse(at));
        Directory.CreateDirectory(Jobs);
        foreach (var job in jobs) CopyJob(job, job);
        Installation.Create(Folder, simulated: true, clock, new Random(7));
        Product = Open();
        ReadJobs();
        Ops = User("olga", "operator");
        Finance = User("fred", "finance");
    }

    public Product Product { get; private set; }

    public Actor Ops { get; }

    public Actor Finance { get; }

    public DataFolder Folder => new(Path.Combine(root, "data"));

    public string Jobs => Path.Combine(root, "jobs");

    public Instant Now => clock.Now;

    public Story Given(string kind, string csv, string source = "import")
    {
        Import(kind, csv, source);
        return this;
    }

    public ImportResult Import(string kind, string csv, string source = "import")
    {
        var text = string.Join('\n', csv.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        var file = kind == "alerts" ? "alerts.json" : kind + ".csv";
        return Do(Telemetry.Import.Run(
            Product.Store, new ImportRequest(kind, file, source, Ops.Id), new MemoryStream(Encoding.UTF8.GetBytes(text)), clock));
    }

    public Story Customer(string id, string locale = "en-US", string zone = "America/New_York", string status = "active", string more = "") =>
        Given("customers", $"""
            customer_id,email,name,locale,time_zone,status,plan,currency
            {id},{id}@example.com,{Capital(id)},{locale},{zone},{status},{(more.Length > 0 ? more : ",USD")}
            """);

    public Story Rental(string purchase, string customer, string amount = "4.99", string currency = "USD", string kind = "rental") =>
        Given("purchases", $"""
            purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref
            {purchase},{customer},{kind},Arrival,{amount},{currency},{Now.Iso()},card-{purchase}
            """);

    /// <summary>A session that ends now, after half an hour with so many seconds of stalls.</summary>
    public Story Watched(string session, string customer, string? purchase, int stalled, string? at = null)
    {
        var end = at is null ? Now : Time.Parse(at);
        return Given("sessions", $"""
            session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,stall_count,startup_failed
            {session},{customer},{purchase},m-1,Arrival,{(end - Duration.FromMinutes(30)).Iso()},{end.Iso()},1800,{stalled},{(stalled > 0 ? 4 : 0)},false
            """);
    }

    /// <summary>Lets time pass and does everything that is due then, once.</summary>
    public Story At(string instant)
    {
        clock.Now = Time.Parse(instant);
        foreach (var job in Product.Store.Read(JobBook.All).Where(j => j.Present)) Assert.All(Do(Product.Runner.RunDue(job.Id, "schedule")), run => Assert.Null(run.Error));
        return GoOn();
    }

    /// <summary>Everything but detection: releases, payments, mails, seals.</summary>
    public Story GoOn()
    {
        Do(Product.Releases.Step());
        Do(Product.Settle());
        Do(Product.Deliver(CancellationToken.None));
        Do(Product.Seal());
        return this;
    }

    /// <summary>The billing system picks up every refund file and answers.</summary>
    public Story BillingAnswers(string status = "accepted")
    {
        var inbox = Directory.CreateDirectory(Folder.Inside("refunds", "in")).FullName;
        foreach (var file in Directory.GetFiles(Folder.Inside("refunds", "out"), "*.csv"))
        {
            var rows = File.ReadAllLines(file);
            var id = Array.IndexOf(rows[0].Split(','), "credit_id");
            var answers = rows.Skip(1).Select(row => row.Split(',')[id]).Select(credit => $"{credit},{status},ref-{credit},{(status == "accepted" ? "" : "card expired")}");
            File.WriteAllLines(
                Path.Combine(inbox, Path.GetFileNameWithoutExtension(file) + ".ack.csv"), ["credit_id,status,reference,reason", .. answers]);
        }
        return GoOn();
    }

    public Story Restart()
    {
        Product.Store.Dispose();
        Product = Open();
        return this;
    }

    public void CopyJob(string shipped, string folder, Func<string, string>? edit = null)
    {
        var to = Directory.CreateDirectory(Path.Combine(Jobs, folder)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "jobs", shipped)))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        var yaml = Path.Combine(to, "job.yaml");
        if (edit is not null) File.WriteAllText(yaml, edit(File.ReadAllText(yaml)));
    }

    public Story Edit(string job, string from, string to)
    {
        CopyJob(job, job, yaml => yaml.Contains(from, StringComparison.Ordinal)
            ? yaml.Replace(from, to, StringComparison.Ordinal)
            : throw new InvalidOperationException($"'{from}' is not in {job}."));
        ReadJobs();
        return this;
    }

    public CareCase Case(string customer) => Assert.Single(Cases(customer));

    public IReadOnlyList<CareCase> Cases(string customer) => Read(db => CareCases.List(db, new CaseFilter(Customer: new CustomerId(customer))));

    public IReadOnlyList<Credit> Credits() => Read(db => Payments.Credits.List(db));

    public IReadOnlyList<Mail> Mails(string customer) => Read(db => db.Query<Mail>(
        "SELECT event, subject, text_body AS text, state, reason FROM notice WHERE customer_id = @customer ORDER BY notice_id",
        new { customer }).ToList());

    public string Why(string customer) => string.Join('\n', Read(db => Explain.Customer(db, new CustomerId(customer), null)));

    public void BooksBalance() => Assert.Empty(Read(db => LedgerCheck.Run(db)).Problems);

    public T Read<T>(Func<System.Data.Common.DbConnection, T> query) => Product.Store.Read(query);

    public T Write<T>(Func<System.Data.Common.DbConnection, T> work) => Do(Product.Store.Write(work));

    public void Write(Action<System.Data.Common.DbConnection> work) => Do(Product.Store.Write(work));

    public void Dispose()
    {
        Product.Store.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private void ReadJobs() => Assert.Empty(Do(Product.ReadJobs()).SelectMany(load => load.Problems));

    private static T Do<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Do(Task task) => task.GetAwaiter().GetResult();

    private static string Capital(string id) => char.ToUpper(id[0], CultureInfo.InvariantCulture) + id[1..];

    private Actor User(string name, string roles) => Write(db =>
    {
        var id = Actors.AddUser(db, default, name, name, name + "@company.example", roles, Now);
        return Actors.Get(db, id);
    });

    private Product Open()
    {
        var notices = new NoticeSettings
        {
            From = EmailAddress.Parse("care@company.example"),
            ReplyTo = EmailAddress.Parse("people@company.example"),
            Company = "Example Films",
            Domain = "company.example",
            TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
        };
        return new Product(
            Store.Open(Folder, clock), new ProductSettings(Jobs, auto, notices, []), new MailFolder(Folder.Inside("outbox")), clock, new Random(3));
    }
}

/// <summary>A notice as the customer gets it.</summary>
internal sealed record Mail(string Event, string? Subject, string? Text, string State, string? Reason);
