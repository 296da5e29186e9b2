namespace ProactiveCare.Demo;

/// <summary>A customer, their home and their habits.</summary>
/// <param name="Number">The number, drawn in order; ids are derived from it.</param>
/// <param name="Name">Their name.</param>
/// <param name="Region">The region they live in.</param>
/// <param name="Locale">Their language.</param>
/// <param name="Status">The status of the account.</param>
/// <param name="Plan">The subscription; null for those who only rent.</param>
internal sealed record Person(int Number, string Name, Region Region, string Locale, string Status, string? Plan)
{
    public string Id => $"c-{Number}";

    /// <summary>The hour of the day at which they usually begin, in local time.</summary>
    public int Hour { get; init; } = 20;

    /// <summary>The number of evenings of ten on which they watch.</summary>
    public int Evenings { get; init; } = 7;

    public string Cdn { get; init; } = Company.GoodCdn;

    public string Isp { get; init; } = "";

    public string Device { get; init; } = "tv";

    /// <summary>Whether the line is slower than a film needs.</summary>
    public bool SlowLine { get; init; }
}

/// <summary>The simulated company: its customers, and the two days on which everything happens.</summary>
internal sealed class Company
{
    public const string Name = "Lantern Films";
    public const string Domain = "lantern.example";
    public const string GoodCdn = "fastlane";
    public const string BadCdn = "northlight";

    private static readonly string[] Devices = ["tv", "tv", "tv", "tablet", "phone", "browser"];

    /// <summary>A company with customers and no events yet.</summary>
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

    /// <summary>The company and its two days of faults.</summary>
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

    /// <summary>A time of the company's clock; day 0 is the Sunday.</summary>
    public static Instant At(int day, int hour, int minute) =>
        new LocalDateTime(2024, 12, 8, hour, minute).PlusDays(day).InZoneLeniently(Zone).ToInstant();

    public string NextSession() => $"s-{++sessions}";

    public string NextPurchase() => $"p-{++purchases}";

    /// <summary>Reports a customer and their home as the source systems would.</summary>
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

    // Some have no time zone; that of the home is used instead.
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
