using System.Globalization;
using System.Text;
using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Jobs;
using ProactiveCare.Worker;

namespace ProactiveCare.Tests.Cases;

/// <summary>Two nodes on one database, each with a store of its own; the films of all customers stalled.</summary>
internal sealed class TwoNodes : IDisposable
{
    public static readonly JobId Job = new("slow-video-stream");

    private readonly Installed here = new("2026-03-14T20:00:00Z");
    private readonly DataFolder other;

    public TwoNodes()
    {
        other = new DataFolder(here.Folder.Path + "-b") { Server = here.Folder.Server };
        Directory.CreateDirectory(other.Path);
        OtherStore = Store.Open(other, here.Clock);
        A = Node(here.Store, "a");
        B = Node(OtherStore, "b");
        A.Intake.ReadAll().GetAwaiter().GetResult();
    }

    public CareServices A { get; }

    public CareServices B { get; }

    public StandingClock Clock => here.Clock;

    /// <summary>The store of the node b.</summary>
    public Store OtherStore { get; }

    /// <summary>Imports so many stalled films for each customer.</summary>
    public async Task Watch(int customers, int films)
    {
        var people = new StringBuilder("customer_id,email,name,locale,status,currency\n");
        var sessions = new StringBuilder("session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,"
            + "watch_seconds,stall_seconds,stall_count,startup_failed\n");
        for (var c = 0; c < customers; c++)
        {
            people.Append(CultureInfo.InvariantCulture, $"c{c},c{c}@example.com,C,en-US,active,USD\n");
            for (var f = 0; f < films; f++)
            {
                sessions.Append(CultureInfo.InvariantCulture, $"s{c}-{f},c{c},,m{f},Film {f},");
                sessions.Append("2026-03-14T18:05:00Z,2026-03-14T18:40:00Z,1800,180,4,false\n");
            }
        }
        await Import("customers", people);
        await Import("sessions", sessions);
    }

    /// <summary>Each customer c0, c1, ... bought a film p0, p1, ... for a price in dollars.</summary>
    public async Task Buy(int customers, string price)
    {
        var people = new StringBuilder("customer_id,email,name,locale,status,currency\n");
        var purchases = new StringBuilder(
            "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref\n");
        for (var c = 0; c < customers; c++)
        {
            people.Append(CultureInfo.InvariantCulture, $"c{c},c{c}@example.com,C,en-US,active,USD\n");
            purchases.Append(
                CultureInfo.InvariantCulture, $"p{c},c{c},rental,Film {c},{price},USD,2026-03-14T18:00:00Z,pay-{c}\n");
        }
        await Import("customers", people);
        await Import("purchases", purchases);
    }

    public long Number(string sql) => OtherStore.Read(db => db.ExecuteScalar<long>(sql));

    /// <summary>Checks that must pass for any number of nodes: each case is handled once, and the books
    /// balance.</summary>
    public void Holds(int findings)
    {
        Assert.Equal(1, Number("SELECT COUNT(*) FROM run WHERE state = 'completed' AND found > 0"));
        Assert.Equal(findings, Number("SELECT SUM(decided) FROM run"));
        Assert.Equal(findings, Number("SELECT SUM(new_cases) FROM run"));
        Assert.Equal(findings, Number("SELECT COUNT(*) FROM care_case"));
        Assert.Equal(findings, Number("SELECT COUNT(*) FROM decision"));
        Assert.Equal(findings, Number("SELECT COUNT(*) FROM entitlement"));
        Assert.Equal(findings, Number("SELECT COUNT(*) FROM credit"));
        Assert.Equal(
            Number("SELECT COUNT(*) FROM credit WHERE state = 'pending'"), Number("SELECT COUNT(*) FROM notice"));
        Assert.Equal(0, Number("SELECT COUNT(*) FROM finding"));
        Assert.Equal(0, Number("SELECT COUNT(*) FROM run_shard"));
        Assert.Equal(Number("SELECT last FROM arrival"), Number($"SELECT arrival FROM cursor WHERE job_id = '{Job}'"));
        Assert.Equal(
            Number("SELECT COALESCE(SUM(amount_minor), 0) FROM credit WHERE budget_period IS NOT NULL"),
            Number("SELECT SUM(reserved_minor) FROM budget"));
        Assert.Empty(OtherStore.Read(LedgerCheck.Run).Problems);
        Assert.Empty(OtherStore.Read(BooksCheck.Run).Problems);
    }

    public void Dispose()
    {
        OtherStore.Dispose();
        if (Directory.Exists(other.Path)) Directory.Delete(other.Path, recursive: true);
        here.Dispose();
    }

    private async Task Import(string kind, StringBuilder rows)
    {
        var by = await OtherStore.Write(db => Actors.System(db, Time.Now(Clock)));
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(rows.ToString()));
        var result = await ProactiveCare.Telemetry.Import.Run(
            OtherStore, new ImportRequest(kind, kind + ".csv", ImportRequest.DefaultSource, by), stream, Clock);
        Assert.Equal(result.Received, result.Stored);
    }

    private CareServices Node(Store store, string name) => new(
        store,
        new CareSettings(Shipped.JobsFolder, true, Manners(), [])
        {
            Cron = ScheduleWords.Rules,
            Node = name,
            BillingReadsLedger = true,
        },
        new MailFolder(Path.Combine(here.Folder.Path, "outbox-" + name)), Clock, new Random(3));

    private static NoticeSettings Manners() => new()
    {
        From = EmailAddress.Parse("care@company.example"),
        ReplyTo = EmailAddress.Parse("people@company.example"),
        Company = "Example Films",
        Domain = "company.example",
    };
}
