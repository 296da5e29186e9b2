namespace ProactiveCare.Demo;

/// <summary>The customers with scripted, not drawn, days: together they cover every outcome and reason.</summary>
internal static class Cast
{
    public static void Play(Company company)
    {
        var stage = new Stage(company);
        HelpedBySomebodyElse(stage);
        LeftOut(stage);
        NotArrivedYet(stage);
        ForFinance(stage);
        ForTheMail(stage);
        ToldTwice(stage);
        BadRows(company);
    }

    // An agent was faster, a dispute is open already, and two failures of one film are compensated once.
    private static void HelpedBySomebodyElse(Stage stage)
    {
        var quick = stage.Customer("Beth Larsen", "us-east");
        var film = stage.Spoiled(quick, "The Last Lighthouse", Company.At(0, 12, 50));
        stage.Contacts(quick, Company.At(0, 13, 40), "playback");
        stage.Refunded(quick, film, "4.99", Company.At(0, 13, 50), "agent");

        var bank = stage.Customer("Viktor Petrov", "us-west");
        stage.Refunded(bank, stage.Spoiled(bank, "Blue Kite", Company.At(0, 13, 10)), "4.99", Company.At(0, 14, 5),
            "dispute");

        var twice = stage.Customer("Ingrid Johansson", Places.Troubled, cdn: Company.GoodCdn);
        var rental = Viewing.Rent(stage.Company, twice, "Winter Orchard", Company.At(0, 13, 58));
        stage.FailedStart(twice, rental, "Winter Orchard", Company.At(0, 14, 0));
        stage.Watched(twice, rental, "Winter Orchard", Company.At(0, 14, 50), 95, 110, 80);

        var caller = stage.Customer("Hank Ford", "us-east");
        stage.Spoiled(caller, "The Quiet Engine", Company.At(0, 11, 30));
        stage.Contacts(caller, Company.At(0, 12, 25), "playback");
    }

    // Cases that the company's own jobs exclude, and a film that cost nothing.
    private static void LeftOut(Stage stage)
    {
        stage.Spoiled(stage.Customer("Ruth Clarke", "us-east", "staff"), "Paper Moons", Company.At(0, 15, 0));
        var press = stage.Customer("Samuel Dubois", "us-east", plan: "press");
        stage.Watched(press, null, "Harvest of Stars", Company.At(0, 15, 20), 70, 90, 130);
        var gift = stage.Customer("Rosa Reyes", "us-west");
        stage.Spoiled(gift, "Ten Thousand Doors", Company.At(0, 15, 30), kind: "voucher");
        var free = stage.Customer("Eli Cohen", "us-east");
        stage.Spoiled(free, "Half a Mile Down", Company.At(0, 15, 40), amount: "0.00");
    }

    private static void NotArrivedYet(Stage stage)
    {
        var company = stage.Company;
        var slowShop = stage.Customer("Anjali Singh", "us-east");
        stage.Spoiled(slowShop, "Blue Kite", Company.At(0, 14, 20), shopKnowsAt: Company.At(0, 18, 40));
        var lostShop = stage.Customer("Caleb Novak", "us-west");
        stage.Watched(lostShop, "p-lost-1", "Saltwater Hymn", Company.At(1, 12, 0), 120, 90);

        // Their row has a status that the company has not set and is quarantined; the shop corrects it next morning.
        var mended = stage.Unknown("Leila Haddad", "us-east");
        company.Feed.Line("customers", Company.At(0, 7, 0),
            $"{mended.Id},,{mended.Name},en-US,America/New_York,new,,USD");
        stage.Spoiled(mended, "The Cartographer", Company.At(0, 16, 10));
        company.Register(mended, Company.At(1, 10, 0));
        stage.Spoiled(stage.Unknown("Omar Abubakar", "us-east"), "Letters to Oslo", Company.At(1, 17, 0));

        // Two devices that were offline for weeks now send their stored telemetry.
        var longAgo = Company.At(0, 9, 0) - Duration.FromDays(24);
        stage.Watched(stage.Customer("Walter Kim", "us-west"), "p-old-1", "Blue Kite", longAgo,
            Company.At(0, 17, 0), 150);
        stage.Watched(stage.Unknown("Noor Patel", "us-west"), null, "Paper Moons", longAgo, Company.At(0, 17, 0), 150);

        var yen = stage.Customer("Kenji Watanabe", "japan", plan: "unlimited");
        stage.Watched(yen, null, "North of Nowhere", Company.At(1, 5, 0), 200, 90);
    }

    private static void ForFinance(Stage stage)
    {
        var concert = stage.Customer("Grace Okafor", Places.Troubled);
        stage.Spoiled(concert, "Live: The Night Orchestra", Company.At(0, 19, 5), amount: "34.99", kind: "live-event");
        var match = stage.Customer("Matthias Vogel", "europe");
        stage.Spoiled(match, "Live: Cup Final", Company.At(1, 12, 30), amount: "29.99", kind: "live-event");

        FourBadFilms(stage, stage.Customer("Chloë Baptiste", "us-east"), 0, 8);
        FourBadFilms(stage, stage.Customer("The Corner Tap Bar", "us-east"), 0, 8);
        FourBadFilms(stage, stage.Customer("Isaac Martin", "us-west"), 1, 10);

        var yen = stage.Customer("Hanako Satō", "japan");
        stage.Spoiled(yen, "The Clockmaker's Daughter", Company.At(1, 4, 40));

        var expired = stage.Customer("Patrick O'Brien", "us-east");
        stage.Spoiled(expired, "North of Nowhere", Company.At(0, 10, 15), payment: Billing.ExpiredCard);
    }

    private static void FourBadFilms(Stage stage, Person person, int day, int hour)
    {
        string[] films = ["Blue Kite", "Paper Moons", "The Quiet Engine", "Harvest of Stars"];
        foreach (var (index, film) in films.Index())
            stage.Spoiled(person, film, Company.At(day, hour + index, 20));
    }

    private static void ForTheMail(Stage stage)
    {
        stage.Spoiled(stage.Customer("Dmitri Rossi", "us-east", "closed"), "A Season in Salt", Company.At(0, 9, 30));
        // Late in the evening on the customers' clocks: notices of what is found then wait for the morning.
        stage.Spoiled(stage.Customer("Käthe Brandstätter", "europe"), "Harvest of Stars", Company.At(0, 13, 0));
        stage.Spoiled(stage.Customer("Ximena Núñez", "mexico"), "Winter Orchard", Company.At(0, 20, 50));
    }

    // A player first reported that all was well, and the correct values an hour later.
    private static void ToldTwice(Stage stage)
    {
        var person = stage.Customer("Mei Chen", "us-west");
        var from = Company.At(0, 12, 0);
        var rental = Viewing.Rent(stage.Company, person, "Saltwater Hymn", from - Duration.FromMinutes(2));
        var sitting =
            new Viewed(person, from, Duration.FromMinutes(70)) { Purchase = rental, Title = "Saltwater Hymn" };
        var id = Viewing.Report(stage.Company, sitting);
        Viewing.Report(stage.Company, sitting with { Stalls = [120, 95, 140] }, id, from + Duration.FromMinutes(140));

        // The same file, sent again by a producer that did not receive the response.
        var slot = stage.Company.Feed.Arrives(sitting.To);
        stage.Company.Feed.Again("sessions", slot, slot + Feed.Slot + Duration.FromMinutes(3));
    }

    private static void BadRows(Company company)
    {
        var at = Company.At(0, 10, 50);
        company.Feed.Line("sessions", at,
            "s-bad-1,c-1001,,film-x,Blue Kite,yesterday,2024-12-08T16:40:00Z,1800,0,0,,,,,,false,,,,,tv");
        company.Feed.Line("sessions", at,
            "s-bad-2,c-1002,,film-x,Blue Kite,2024-12-08T16:10:00Z,2024-12-08T16:40:00Z,1800,9000,3,,,,,,false,,,,,tv");
        company.Feed.Line("sessions", at, "s-bad-3,c-1003,,film-x,Blue Kite,2024-12-08T16:10:00Z");
        company.Feed.Line("purchases", at, "p-bad-1,c-1004,rental,Blue Kite,4.999,USD,2024-12-08T16:00:00Z,card-1");
    }
}

/// <summary>Adds customers and their events to the company's record.</summary>
internal sealed class Stage(Company company)
{
    private static readonly double[] Stalled = [95, 140, 75, 110];
    private int number = 2000;

    public Company Company => company;

    /// <summary>A customer known to the company from the beginning.</summary>
    public Person Customer(
        string name, string region, string status = "active", string? plan = null, string cdn = Company.GoodCdn)
    {
        var person = Unknown(name, region) with { Status = status, Plan = plan, Cdn = cdn };
        company.Register(person, Company.Start);
        return person;
    }

    /// <summary>A customer whom the company does not know.</summary>
    public Person Unknown(string name, string region)
    {
        var place = Places.Regions.First(r => r.Name == region);
        return new Person(++number, name, place, place.Locales[0], "active", null) { Isp = place.Isps[0] };
    }

    /// <summary>A rental with too many stalls.</summary>
    public string Spoiled(
        Person person, string title, Instant from, string? amount = null, string kind = "rental",
        string? payment = null, Instant? shopKnowsAt = null)
    {
        var (id, bought) = (company.NextPurchase(), from - Duration.FromMinutes(4));
        company.Feed.Add("purchases", shopKnowsAt ?? bought, id, person.Id, kind, title, amount ?? person.Region.Rental,
            person.Region.Currency, bought, payment ?? $"card-{person.Number}");
        Watched(person, id, title, from, Stalled);
        return id;
    }

    public void Watched(Person person, string? purchase, string title, Instant from, params double[] stalls) =>
        Watched(person, purchase, title, from, from + Duration.FromMinutes(40), stalls);

    public void Watched(
        Person person, string? purchase, string title, Instant from, Instant known, params double[] stalls) =>
        Viewing.Report(company, new Viewed(person, from, Duration.FromMinutes(40))
        {
            Purchase = purchase, Title = title, Stalls = stalls,
        }, known: known);

    public void FailedStart(Person person, string purchase, string title, Instant from) =>
        Viewing.Report(company, new Viewed(person, from, Duration.FromSeconds(20))
        {
            Purchase = purchase, Title = title, Failure = "drm-timeout",
        });

    public void Refunded(Person person, string purchase, string amount, Instant at, string by) => company.Feed.Add(
        "refunds", at, $"r-{purchase}", purchase, person.Id, amount, person.Region.Currency, at, by);

    public void Contacts(Person person, Instant at, string topic) =>
        company.Feed.Add("contacts", at, $"k-{person.Number}", person.Id, at, topic);
}
