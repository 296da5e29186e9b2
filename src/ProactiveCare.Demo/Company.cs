using NodaTime;

namespace ProactiveCare.Demo;

/// <summary>A customer, their home and what they tend to do.</summary>
/// <param name="Number">Drawn in order; ids come from it.</param>
/// <param name="Name">Their name.</param>
/// <param name="Region">Where they live.</param>
/// <param name="Locale">Their language.</param>
/// <param name="Status">Of their account.</param>
/// <param name="Plan">What they subscribe to; null for those who only rent.</param>
internal sealed record Person(int Number, string Name, Region Region, string Locale, string Status, string? Plan)
{
    public string Id => $"c-{Number}";

    /// <summary>The hour of the day at which they like to begin, on their own clock.</summary>
    public int Hour { get; init; } = 20;

    /// <summary>How many evenings of ten they watch.</summary>
    public int Evenings { get; init; } = 7;

    public string Cdn { get; init; } = Company.GoodCdn;

    public string Isp { get; init; } = "";

    public string Device { get; init; } = "tv";

    /// <summary>Whether the line to their home is slower than a film needs.</summary>
    public bool SlowLine { get; init; }
}

/// <summary>The simulated company: who its customers are, and the two days on which everything happens.</summary>
internal sealed class Company
{
    public const string Name = "Lantern Films";
    public const string Domain = "lantern.example";
    public const string GoodCdn = "fastlane";
    public const string BadCdn = "northlight";

    private static readonly string[] Devices = ["tv", "tv", "tv", "tablet", "phone", "browser"];

    /// <summary>A company with customers, to whom nothing has happened yet.</summary>
    public Company(int customers, int seed)
    {
        Random = new Random(seed);
        Feed = new Feed(Zone);
        for (var i = 0; i < customers; i++) People.Add(Draw(i, customers));
    }

    public static DateTimeZone Zone { get; } = DateTimeZoneProviders.Tzdb["America/Chicago"];

    /// <summary>Six in the morning of Sunday, 8 December 2024, by the company's clock.</summary>
    public static Instant Start { get; } = At(0, 6, 0);

    public static Instant End { get; } = At(2, 8, 30);

    public Random Random { get; }

    public Feed Feed { get; }

    public List<Person> People { get; } = [];

    private int sessions = 100_000;
    private int purchases = 10_000;

    /// <summary>The company and its two days of trouble.</summary>
    public static Company OfTwoDays(int customers, int seed)
    {
        var company = new Company(customers, seed);
        company.Feed.Silent(At(1, 3, 30), At(1, 4, 10));
        foreach (var person in company.People) company.Register(person, Start);
        Viewing.Simulate(company);
        Cast.Play(company);
        Storm.Approach(company);
        Viewing.FillQuietTimes(company);
        return company;
    }

    /// <summary>An hour of the company's clock; day 0 is the Sunday.</summary>
    public static Instant At(int day, int hour, int minute) =>
        new LocalDateTime(2024, 12, 8, hour, minute).PlusDays(day).InZoneLeniently(Zone).ToInstant();

    public string NextSession() => $"s-{++sessions}";

    public string NextPurchase() => $"p-{++purchases}";

    /// <summary>Has a customer and their home reported by the systems that know them.</summary>
    public void Register(Person person, Instant at)
    {
        Feed.Add("customers", at, person.Id, Address(person), person.Name, person.Locale, TimeZone(person),
            person.Status, person.Plan, person.Region.Currency);
        var town = person.Region.Towns[person.Number % person.Region.Towns.Count];
        var (north, east) = (Random.NextDouble() * 0.04, Random.NextDouble() * 0.04);
        Feed.Add("premises", at, $"h-{person.Number}", person.Id, town.Latitude + north, town.Longitude + east,
            town.County, town.Zone, person.Region.TimeZone, $"your home in {town.Name}");
    }

    public static string Address(Person person) => $"{NameBook.Plain(person.Name)}.{person.Number}@example.com";

    // Some never said where they live; the home's clock stands in.
    private static string? TimeZone(Person person) => person.Number % 9 == 0 ? null : person.Region.TimeZone;

    private Person Draw(int index, int customers)
    {
        var share = index * 100 / customers;
        var region = Places.Regions.First(r => (share -= r.Share) < 0);
        return new Person(
            1001 + index, region.Names.Draw(Random), region, region.Locales[Random.Next(region.Locales.Count)],
            "active", Random.Next(100) < 55 ? "unlimited" : null)
        {
            Hour = 17 + Random.Next(5),
            Evenings = 5 + Random.Next(5),
            Cdn = Random.Next(100) < 60 ? BadCdn : GoodCdn,
            Isp = region.Isps[Random.Next(region.Isps.Count)],
            Device = Devices[Random.Next(Devices.Length)],
            SlowLine = Random.Next(100) < 3,
        };
    }
}
