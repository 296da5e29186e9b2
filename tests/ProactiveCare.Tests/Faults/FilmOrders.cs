using System.Data.Common;
using System.Globalization;
using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>A request that is repeated until the worker confirms it.</summary>
/// <param name="Ordered">The command line; empty where there is nothing to order.</param>
/// <param name="Done">Whether the database holds what was asked.</param>
internal sealed record Ask(Func<string> Ordered, Func<DbConnection, bool> Done)
{
    /// <summary>The command line of the first request.</summary>
    public string? Command { get; set; }
}

/// <summary>
/// The shop's business in pieces of eight customers, whose number gives their scenario: 0, 1 and 5 to 7 have a film
/// that stalled (1 and 7 a dear one, 5 with a purchase that is told late, 6 with an expired card), 2 a stall without a
/// purchase, 3 a good evening, 4 a film that did not start.
/// </summary>
internal sealed class FilmOrders(Desk desk)
{
    private const int Customers = 8;
    private const string Failed = "failed-video-start";

    private readonly string evening = Time.Iso(TimeProvider.System.Now() - NodaTime.Duration.FromHours(3));
    private readonly string night = Time.Iso(TimeProvider.System.Now() - NodaTime.Duration.FromHours(2));

    /// <summary>The expected credit of each customer: its kind, amount and state.</summary>
    public static string? Outcome(string customer) => customer[^1] switch
    {
        '0' or '5' or '6' => "refund 499 settled",
        '1' => "refund 999 settled",
        '2' => "account-credit 100 settled",
        '4' => "refund 399",
        '7' => "refund 950 rejected",
        _ => null,
    };

    public IEnumerable<Ask> All()
    {
        for (var piece = 0; ; piece++)
        {
            string[] kinds = piece % 2 == 0
                ? ["customers", "purchases", "sessions"]
                : ["sessions", "purchases", "customers"];
            foreach (var kind in kinds) yield return Import(kind, piece);
            yield return Decide("approve", '1', "");
            yield return Decide("reject", '7', " --reason ran-well");
            yield return Retry();
            yield return piece % 4 == 1 ? Andon("pull") : piece % 4 == 2 ? Andon("release") : RefundElsewhere(piece);
        }
    }

    /// <summary>The commands that end a day: nothing waits for a person any more.</summary>
    public IEnumerable<Ask> Close() => [Andon("release"), Decide("approve", '1', ""),
        Decide("reject", '7', " --reason ran-well"), Retry()];

    private static string Id(int piece, int i) => string.Create(CultureInfo.InvariantCulture, $"{piece}-{i}");

    private Ask Import(string kind, int piece)
    {
        var rows = kind switch
        {
            "customers" => All(i => $"c{Id(piece, i)},c{Id(piece, i)}@example.com,Cora,en-US,active,USD"),
            "sessions" => All(i => Session(piece, i)),
            _ => [.. All(i => Purchase(piece, i)).Where((_, i) => i is not (2 or 5)),
                .. piece == 0 ? [] : (string[])[Purchase(piece - 1, 5)]],
        };
        var header = kind switch
        {
            "customers" => "customer_id,email,name,locale,status,currency",
            "sessions" => "session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,"
                + "stall_seconds,stall_count,startup_failed",
            _ => "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref",
        };
        var file = string.Create(CultureInfo.InvariantCulture, $"{kind}-{piece}.csv");
        desk.File(file, $"{header}\n{string.Join('\n', rows)}\n");
        var ids = rows.Select(row => row.Split(',')[0]).ToList();
        var table = kind[..^1];
        return new Ask(
            () => $"import {kind} {file}",
            db => db.ExecuteScalar<int>($"SELECT COUNT(*) FROM {table} WHERE {table}_id IN @ids", new { ids })
                == ids.Count);
    }

    private static string[] All(Func<int, string> row) => [.. Enumerable.Range(0, Customers).Select(row)];

    private string Purchase(int piece, int i)
    {
        var amount = i switch { 1 => "9.99", 7 => "9.50", 4 => "3.99", _ => "4.99" };
        var card = i == 6 ? "expired" : "card";
        return $"p{Id(piece, i)},c{Id(piece, i)},rental,Arrival,{amount},USD,{evening},{card}-{Id(piece, i)}";
    }

    private string Session(int piece, int i)
    {
        var purchase = i == 2 ? "" : "p" + Id(piece, i);
        var seen = i switch { 3 => "5400,0,0,false", 4 => "0,0,0,true", _ => "1800,180,4,false" };
        return $"s{Id(piece, i)},c{Id(piece, i)},{purchase},m1,Arrival,{evening},{night},{seen}";
    }

    private Ask Decide(string verb, char which, string more)
    {
        List<long> ids = [];
        return new Ask(
            () =>
            {
                ids = Credits("hold_reason = 'approval' AND customer_id LIKE @like", "%-" + which);
                return ids.Count == 0 ? "" : $"credits {verb} {string.Join(' ', ids)}{more}";
            },
            db => db.ExecuteScalar<int>(
                "SELECT COUNT(*) FROM credit WHERE credit_id IN @ids AND state = 'pending'", new { ids }) == 0);
    }

    private Ask Retry()
    {
        List<long> ids = [];
        return new Ask(
            () =>
            {
                ids = Credits("state = 'failed'", "");
                return ids.Count == 0 ? "" : $"credits retry {string.Join(' ', ids)}";
            },
            db => ids.TrueForAll(id => db.ExecuteScalar<int>(
                "SELECT COUNT(*) FROM audit WHERE action = 'credit.retry' AND target = @of",
                new { of = $"credit:{id}" }) == 1));
    }

    private static Ask Andon(string verb) => new(
        () => $"andon {verb} {Failed} --reason crash",
        db => db.ExecuteScalar<int>(
            "SELECT COUNT(*) FROM audit WHERE action = @deed",
            new { deed = verb == "pull" ? "andon.begin" : "andon.end" }) > 0);

    // An agent refunds the good session first.
    private Ask RefundElsewhere(int piece)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"refunds-{piece}.csv");
        var id = Id(piece, 3);
        desk.File(file, "refund_id,purchase_id,customer_id,amount,currency,refunded_at,by\n"
            + $"r{id},p{id},c{id},1.00,USD,{night},agent\n");
        return new Ask(
            () => $"import refunds {file}",
            db => db.ExecuteScalar<bool>(
                "SELECT EXISTS (SELECT 1 FROM refund WHERE refund_id = @id)", new { id = "r" + id }));
    }

    private List<long> Credits(string where, string like)
    {
        using var store = Store.OpenReadOnly(desk.Folder);
        return store.Read(db => db.Query<long>(
            $"SELECT credit_id FROM credit WHERE {where} ORDER BY credit_id LIMIT 5", new { like }).AsList());
    }
}
