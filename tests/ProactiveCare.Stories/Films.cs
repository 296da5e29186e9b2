using System.Globalization;
using NodaTime;

namespace ProactiveCare.Stories;

/// <summary>A row that the company has sent, as it is now.</summary>
internal sealed record FeedRow(string Kind, string Id, string Header, string Line)
{
    public string File => $"{Header}\n{Line}\n";
}

/// <summary>The company's facts about customers and films, and the amounts that follow from them.</summary>
internal sealed class Films
{
    public const int Customers = 3;
    private const int PerCustomer = 2;
    private const string Played = "session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,"
        + "watch_seconds,stall_seconds,stall_count,startup_failed";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly decimal[] Prices = [4.99m, 12.00m, 31.00m];

    private readonly Dictionary<string, FeedRow> rows = [];
    private readonly Dictionary<string, SessionFacts> sessions = [];
    private readonly Dictionary<string, Fact> facts = [];

    /// <summary>The rows in the order in which they were sent first.</summary>
    public IReadOnlyList<FeedRow> Sent => [.. rows.Values];

    public IEnumerable<string> Purchases => rows.Values.Where(row => row.Kind == "purchases").Select(row => row.Id);

    public static int FilmOf(int number) => number % (Customers * PerCustomer);

    public static string Owner(string purchase) => $"c{Number(purchase) / PerCustomer}";

    public static decimal Price(string purchase) => Prices[Number(purchase) % Prices.Length];

    /// <summary>The sum that others gave back for a purchase, as far as the product has confirmed that it
    /// knows.</summary>
    public decimal Elsewhere(string purchase, IReadOnlySet<string> unconfirmed) => facts.Values
        .Where(fact => fact.Purchase == purchase && fact.Dispute is "" or "lost" && !unconfirmed.Contains(fact.Id))
        .Sum(fact => fact.Amount);

    /// <summary>Whether a bank disputes a purchase.</summary>
    public bool IsDisputed(string purchase) =>
        facts.Values.Any(fact => fact.Purchase == purchase && fact.Dispute == "open");

    public FeedRow Customer(int number)
    {
        var id = $"c{number % Customers}";
        return Send(new FeedRow("customers", id, "customer_id,email,name,locale,time_zone,status,currency",
            $"{id},{id}@example.com,Person {id},en-US,America/New_York,active,USD"));
    }

    public FeedRow Purchase(int number, Instant now)
    {
        var id = $"p{FilmOf(number)}";
        return rows.GetValueOrDefault("purchases " + id) ?? Send(new FeedRow(
            "purchases", id, "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref",
            string.Create(Invariant, $"{id},{Owner(id)},rental,Film {id},{Price(id)},USD,{now.Iso()},card-{id}")));
    }

    /// <summary>A film that stalled until now: its customer, purchase and session, in any order.</summary>
    public IReadOnlyList<FeedRow> Evening(int number, int order, Instant now)
    {
        var film = FilmOf(number);
        FeedRow[] sent = [Customer(film / PerCustomer), Purchase(film, now), Session(film * 5, 0, now)];
        return [.. sent.Index().OrderBy(row => (row.Index + order) % 3).Select(row => row.Item)];
    }

    /// <summary>A session: of a film that was bought, or of a series that a subscriber watches.</summary>
    public FeedRow Session(int number, int how, Instant now)
    {
        var subscriber = number % 5 == 4;
        var film = FilmOf(number / 5);
        var kind = (how % 4) switch { 2 => "failed", 3 => "good", _ => "bad" };
        var (id, owner) = ($"s{(subscriber ? "v" : "")}{film}-{kind}", Owner($"p{film}"));
        if (rows.TryGetValue("sessions " + id, out var known)) return known;
        var session = new SessionFacts(
            id, owner, subscriber ? null : $"p{film}", subscriber ? $"Series {film}" : $"Film {film}", now,
            kind == "bad" ? 180 : 0, kind == "failed");
        return Send(session);
    }

    /// <summary>Another revision of a session that was sent; null when none was.</summary>
    public FeedRow? Revise(int number, int how)
    {
        if (sessions.Count == 0) return null;
        var session = sessions.Values.ElementAt(number % sessions.Count);
        return Send(session with { Stalled = session.Failed ? 0 : (how % 3) switch { 0 => 0, 1 => 180, _ => 240 } });
    }

    /// <summary>Somebody else gives money back for a film.</summary>
    public FeedRow GivenElsewhere(int number, int how, Instant now) =>
        Send(new Fact($"r{facts.Count}", $"p{FilmOf(number)}", how % 3 == 0 ? 2.00m : null, now, "agent", ""));

    /// <summary>The bank of a customer takes back what was paid for a film.</summary>
    public FeedRow Dispute(int number, int how, Instant now) =>
        Send(new Fact($"d{facts.Count}", $"p{FilmOf(number)}", how % 3 == 0 ? 2.00m : null, now, "dispute", "open"));

    /// <summary>A dispute ends, won or lost; null when none is open.</summary>
    public FeedRow? EndDispute(int number, int how)
    {
        var open = facts.Values.Where(fact => fact.Dispute == "open").ToList();
        return open.Count == 0
            ? null
            : Send(open[number % open.Count] with { Dispute = how % 2 == 0 ? "won" : "lost" });
    }

    /// <summary>The subjects that must have a case: what is due is beyond doubt, and all its rows were sent.</summary>
    public IEnumerable<(string Customer, string Subject)> Due()
    {
        foreach (var group in sessions.Values.GroupBy(session => (session.Purchase, session.Customer, session.Title)))
        {
            var (purchase, customer, title) = group.Key;
            if (!rows.ContainsKey("customers " + customer)) continue;
            if (purchase is not null && !rows.ContainsKey("purchases " + purchase)) continue;
            var stalled = group.Any(session => session.Stalled >= 180);
            var failed = group.Any(session => session.Failed) && group.All(session => session.Failed);
            if (stalled || failed) yield return (customer, purchase ?? title);
        }
    }

    /// <summary>Whether anything ever went wrong with a film.</summary>
    public bool EverBad(string purchase) => sessions.Values.Any(
        session => session.Purchase == purchase && (session.Failed || session.Stalled > 0
            || session.Id.EndsWith("-bad", StringComparison.Ordinal)));

    private static int Number(string purchase) => int.Parse(purchase.AsSpan(1), CultureInfo.InvariantCulture);

    private FeedRow Send(SessionFacts session)
    {
        sessions[session.Id] = session;
        var (start, end) = (session.End - Duration.FromMinutes(30), session.End);
        var watched = session.Failed ? 0 : 1800;
        return Send(new FeedRow("sessions", session.Id, Played, string.Create(Invariant,
            $"{session.Id},{session.Customer},{session.Purchase},m-1,{session.Title},{start.Iso()},{end.Iso()},"
            + $"{watched},{session.Stalled},{(session.Stalled > 0 ? 4 : 0)},{(session.Failed ? "true" : "false")}")));
    }

    private FeedRow Send(Fact fact)
    {
        facts[fact.Id] = fact;
        return Send(new FeedRow(
            "refunds", fact.Id, "refund_id,purchase_id,customer_id,amount,currency,refunded_at,by,status",
            string.Create(Invariant,
                $"{fact.Id},{fact.Purchase},{Owner(fact.Purchase)},{fact.Amount},USD,{fact.At.Iso()},"
                + $"{fact.By},{fact.Dispute}")));
    }

    private FeedRow Send(FeedRow row) => rows[$"{row.Kind} {row.Id}"] = row;

    private sealed record Fact(string Id, string Purchase, decimal? Part, Instant At, string By, string Dispute)
    {
        public decimal Amount => Part ?? Price(Purchase);
    }

    private sealed record SessionFacts(
        string Id, string Customer, string? Purchase, string Title, Instant End, int Stalled, bool Failed);
}
