namespace ProactiveCare.Demo;

/// <summary>One viewing session as the player reports it.</summary>
internal sealed record Viewed(Person Person, Instant From, Duration Length)
{
    public string? Purchase { get; init; }

    public string Title { get; init; } = "";

    /// <summary>The stalls, in seconds.</summary>
    public IReadOnlyList<double> Stalls { get; init; } = [];

    public string? Failure { get; init; }

    public Instant To => From + Length;
}

/// <summary>The customers' usual viewing, and its quality.</summary>
internal static class Viewing
{
    public static readonly Instant BadFrom = Company.At(0, 18, 30);
    public static readonly Instant BadTo = Company.At(0, 21, 30);

    private static readonly string[] Titles =
    [
        "The Last Lighthouse", "Paper Moons", "North of Nowhere", "A Season in Salt", "The Clockmaker's Daughter",
        "Blue Kite", "Ten Thousand Doors", "Harvest of Stars", "The Quiet Engine", "Saltwater Hymn", "Half a Mile Down",
        "The Cartographer", "Winter Orchard", "Letters to Oslo",
    ];

    public static void Simulate(Company company)
    {
        foreach (var person in company.People)
        {
            for (var day = 0; day <= 2; day++)
                if (company.Random.Next(10) < person.Evenings) Evening(company, person, day);
        }
    }

    /// <summary>Fills gaps with viewing: without it, a gap in telemetry would look like a fault.</summary>
    public static void FillQuietTimes(Company company)
    {
        for (var slot = Company.Start + Feed.Slot; slot <= Company.End; slot += Feed.Slot)
        {
            if (company.Feed.Arrives(slot) != slot || company.Feed.Has("sessions", slot)) continue;
            var person = company.People[company.Random.Next(company.People.Count)];
            var length = Duration.FromMinutes(15 + company.Random.Next(20));
            Report(company,
                new Viewed(person, slot - length - Duration.FromMinutes(2), length) { Title = Title(company) });
        }
    }

    public static string Title(Company company) => Titles[company.Random.Next(Titles.Length)];

    /// <summary>Reports a rental as the shop would.</summary>
    public static string Rent(Company company, Person person, string title, Instant at, string? amount = null)
    {
        var purchase = company.NextPurchase();
        company.Feed.Add("purchases", at, purchase, person.Id, "rental", title, amount ?? person.Region.Rental,
            person.Region.Currency, at, $"card-{person.Number}");
        return purchase;
    }

    /// <summary>Reports a session as the player would, at its end.</summary>
    public static string Report(Company company, Viewed sitting, string? id = null, Instant? known = null)
    {
        id ??= company.NextSession();
        var person = sitting.Person;
        var stalls = sitting.Stalls;
        var failed = sitting.Failure is not null;
        company.Feed.Add(
            "sessions", known ?? sitting.To, id, person.Id, sitting.Purchase, ContentId(sitting.Title), sitting.Title,
            sitting.From, sitting.To, sitting.Length.TotalSeconds, stalls.Sum(), stalls.Count,
            stalls.Count == 0 ? null : stalls.Max(), stalls.Count == 0 ? null : 300.0, failed ? null : 1.2, 5000,
            person.SlowLine ? 3100 : 9400, failed, sitting.Failure, person.Cdn, person.Isp, person.Region.Name,
            person.Device);
        return id;
    }

    private static void Evening(Company company, Person person, int day)
    {
        var zone = DateTimeZoneProviders.Tzdb[person.Region.TimeZone];
        var random = company.Random;
        var begins = new LocalDateTime(2024, 12, 8, person.Hour, random.Next(60)).PlusDays(day).InZoneLeniently(zone)
            .ToInstant();
        var length = Duration.FromMinutes(35 + random.Next(80));
        var rents = person.Plan is null || random.Next(100) < 25;
        var (title, trouble) = (Title(company), random.Next(1000));
        if (begins < Company.Start + Duration.FromMinutes(20)
            || begins + length > Company.End - Duration.FromHours(1)) return;
        var purchase = rents ? Rent(company, person, title, begins - Duration.FromMinutes(3)) : null;
        var sitting = new Viewed(person, begins, length) { Purchase = purchase, Title = title };
        if (trouble < 12)
        {
            Report(company, sitting with { Length = Duration.FromSeconds(25), Failure = "manifest-timeout" });
            // Half of them try again with success, which needs no compensation.
            if (trouble % 2 == 0) return;
            sitting = sitting with { From = begins + Duration.FromMinutes(2) };
        }
        Report(company, sitting with { Stalls = Stalls(random, sitting) });
    }

    private static List<double> Stalls(Random random, Viewed sitting)
    {
        var person = sitting.Person;
        var hit = person.Cdn == Company.BadCdn && person.Region.Name == Places.Troubled
            && sitting.From < BadTo && sitting.To > BadFrom + Duration.FromMinutes(15);
        if (hit) return [.. Enumerable.Range(0, 4 + random.Next(4)).Select(_ => 40.0 + random.Next(90))];
        if (person.SlowLine && random.Next(2) == 0)
            return [.. Enumerable.Range(0, 12).Select(_ => Math.Round(sitting.Length.TotalSeconds * 0.006))];
        return random.Next(10) < 8 ? [] : [Math.Round(0.5 + random.NextDouble() * 3, 1)];
    }

    private static string ContentId(string title) => "film-" + NameBook.Plain(title).Replace('.', '-');
}
