using System.Data.Common;
using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Worker;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// A film shop under continuous faults: imports and commands are sent to the worker, and repeated until it has
/// confirmed them, while billing and the mail relay keep running.
/// </summary>
internal sealed class CrashShop : IAsyncDisposable
{
    private readonly CancellationTokenSource closed = new();
    private readonly FilmOrders orders;
    private readonly IEnumerator<Ask> asks;
    private readonly List<Ask> confirmed = [];
    private readonly Task billing;
    private Ask? open;

    public CrashShop()
    {
        Billing = new PayingOnce(Desk.Folder, Path.Combine(Desk.Path, "billing"));
        Desk.File("appsettings.json", $$"""
            { "Company": { "Name": "Kino", "ReplyTo": "care@kino.example" }, "Http": { "Urls": "none" },
              "Jobs": { "Activation": "auto" },
              "Notices": { "QuietFrom": "00:00", "QuietTo": "00:00", "DailyCap": 1000,
                "Smtp": { "Host": "127.0.0.1", "Port": {{Relay.Port}}, "Security": "none" } } }
            """);
        CopyJob("slow-video-stream", "100000.00 USD");
        CopyJob("failed-video-start", "20.00 USD");
        orders = new FilmOrders(Desk);
        asks = orders.All().GetEnumerator();
        billing = Pay();
    }

    public Desk Desk { get; } = new() { OsUser = OsUsers.Current };

    public CountingRelay Relay { get; } = new();

    public PayingOnce Billing { get; }

    /// <summary>The number of commands that the worker has confirmed.</summary>
    public int Confirmed => confirmed.Count;

    /// <summary>Sends the next request, or repeats the unconfirmed one.</summary>
    public async Task AskNext(CancellationToken stop)
    {
        if (open is null)
        {
            asks.MoveNext();
            open = asks.Current;
        }
        var command = open.Command ??= open.Ordered();
        if (command.Length > 0)
        {
            var told = await Desk.Type(command, stop: stop);
            // A command repeated after a lost answer reports that there is nothing to do.
            if (told.Code != 0 && (stop.IsCancellationRequested || !Look(open.Done))) return;
        }
        confirmed.Add(open);
        open = null;
    }

    /// <summary>Confirmed commands that are lost, and mails and payments that happened twice or never.</summary>
    public IReadOnlyList<string> Broken() => Look(db => (IReadOnlyList<string>)
    [
        .. confirmed.Where(ask => ask.Command!.Length > 0 && !ask.Done(db))
            .Select(ask => $"Confirmed and lost: {ask.Command}"),
        .. OutsideWorld.Broken(db, Relay, Billing),
    ]);

    /// <summary>The work still in progress; empty when idle.</summary>
    public string Moves() => Look(OutsideWorld.Moves);

    /// <summary>Decides everything that waits for a person, until the last answer of billing.</summary>
    public async Task CloseDay()
    {
        for (var i = 0; i < 100; i++)
        {
            foreach (var ask in orders.Close())
            {
                if (ask.Ordered() is { Length: > 0 } command) await Desk.Type(command);
            }
            if (Moves().Length == 0) return;
            await Task.Delay(500);
        }
    }

    /// <summary>Customers without their expected credit, among those whose rows were all confirmed.</summary>
    public IReadOnlyList<string> WrongOutcomes() => Look(db =>
    {
        var got = db.Query<(string Customer, string What)>(
            "SELECT customer_id, kind || ' ' || amount_minor || ' ' || state FROM credit")
            .ToLookup(row => row.Customer, row => row.What, StringComparer.Ordinal);
        var known = db.Query<string>(
            """
            SELECT c.customer_id FROM customer c JOIN session s USING (customer_id)
              LEFT JOIN purchase p ON p.purchase_id = s.purchase_id
            WHERE s.purchase_id IS NULL OR p.purchase_id IS NOT NULL
            """);
        return (IReadOnlyList<string>)
        [
            .. from customer in known
               let should = FilmOrders.Outcome(customer)
               let has = string.Join(", ", got[customer])
               where got[customer].Count() != (should is null ? 0 : 1)
                   || !has.StartsWith(should ?? "", StringComparison.Ordinal)
               select $"{customer} should have {should ?? "nothing"} and has {(has.Length > 0 ? has : "nothing")}",
        ];
    });

    public T Look<T>(Func<DbConnection, T> query)
    {
        using var store = Store.OpenReadOnly(Desk.Folder);
        return store.Read(query);
    }

    public async ValueTask DisposeAsync()
    {
        await closed.CancelAsync();
        await billing;
        await Relay.DisposeAsync();
        closed.Dispose();
        asks.Dispose();
        Desk.Dispose();
    }

    private async Task Pay()
    {
        while (!closed.IsCancellationRequested)
        {
            if (Directory.Exists(Desk.Folder.Path)) Billing.Work();
            await Task.Delay(100, CancellationToken.None);
        }
    }

    // Every two seconds, and of what has been quiet for a moment.
    private void CopyJob(string name, string budget) => Desk.CopyJob(name, (key, line) => key switch
    {
        "cron" => "  cron: \"0/2 * * * * ?\"",
        "settle" => "  settle: 1s",
        "budget" => $"  budget: {{ amount: [{budget}], per: day }}",
        "approval" => "  approval: { above: [8.00 USD], decideWithin: 4h }",
        _ => line,
    });
}
