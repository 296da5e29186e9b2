using ProactiveCare.Notices.Mail;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Jobs;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>
/// An installation of ada, who has all roles, and fin of finance, at one instant: two films stalled, of which the
/// dearer is above what a machine gives alone. Where the job is not accepted, the data arrived before it could be.
/// </summary>
public sealed class Shop : IDisposable
{
    public const string Job = "slow-video-stream";

    public Shop(bool accepted = true)
    {
        Desk.Clock = Clock;
        foreach (var file in Directory.GetFiles(Path.Combine(Shipped.JobsFolder, Job)))
        {
            var text = File.ReadAllText(file);
            text = text.Replace("above: [25.00 USD", "above: [5.00 USD", StringComparison.Ordinal)
                .Replace("pay, amount: 20.00 USD", "hold, amount: 20.00 USD", StringComparison.Ordinal);
            Desk.File($"jobs/{Job}/{Path.GetFileName(file)}", text);
        }
        Do("db init");
        Do("users add fin --role finance");
        if (accepted) Do($"jobs accept {Job} --yes");
        Import("customers", """
            customer_id,email,name,locale,status,currency
            bea,bea@example.com,Bea,en-US,active,USD
            cem,cem@example.com,Cem,en-US,active,USD
            """);
        Import("purchases", """
            purchase_id,customer_id,kind,title,amount,currency,purchased_at
            p1,bea,rental,Arrival,4.99,USD,2026-03-14T18:00:00Z
            p2,cem,purchase,Solaris,19.99,USD,2026-03-14T18:00:00Z
            """);
        const string Stalled = "2026-03-14T18:05:00Z,2026-03-14T18:40:00Z,1800,180,4,false";
        const string Columns = "started_at,ended_at,watch_seconds,stall_seconds,stall_count,startup_failed";
        Import("sessions", $"""
            session_id,customer_id,purchase_id,content_id,title,{Columns}
            s1,bea,p1,m1,Arrival,{Stalled}
            s2,cem,p2,m2,Solaris,{Stalled}
            """);
    }

    public Desk Desk { get; } = new();

    public StandingClock Clock { get; } = new("2026-03-14T20:00:00Z");

    /// <summary>Runs a command that has to succeed.</summary>
    public Told Do(string commandLine)
    {
        var told = Desk.Run(commandLine);
        Assert.True(told.Code == 0, told.Out + told.Error);
        return told;
    }

    public Told As(string osUser, string commandLine)
    {
        var before = Desk.OsUser;
        Desk.OsUser = osUser;
        try
        {
            return Desk.Run(commandLine);
        }
        finally
        {
            Desk.OsUser = before;
        }
    }

    /// <summary>Has the product itself do something, as a worker does.</summary>
    internal async Task<T> Work<T>(Func<CareServices, Task<T>> does)
    {
        using var store = Store.Open(Desk.Folder, Clock);
        var settings = SettingsFile.Load(Desk.Path, null, null, null).Product;
        await using var mail = new MailFolder(Desk.Folder.Inside("outbox"));
        return await does(new CareServices(store, settings, mail, Clock, new Random(1)));
    }

    public void Dispose() => Desk.Dispose();

    private void Import(string kind, string rows)
    {
        Desk.File(kind + ".csv", rows);
        Do($"import {kind} {kind}.csv");
    }
}
