using NodaTime;
using ProactiveCare.Demo;

namespace ProactiveCare.Soak;

/// <summary>
/// The demo company with customers all around the clock: their evenings follow each other, so that every hour brings
/// as much business and as much trouble as any other, and a figure that moves from hour to hour is the product's own.
/// </summary>
internal sealed class World
{
    private readonly List<Person>[] evenings = [.. Enumerable.Range(0, 24).Select(_ => new List<Person>())];
    private readonly Instant start;
    private int strangers;

    public World(int customers, int seed, Instant start)
    {
        this.start = start;
        Company = new Company(customers, seed);
        for (var i = 0; i < Company.People.Count; i++)
        {
            // Etc/GMT+5 is five hours behind UTC, Etc/GMT-5 five ahead.
            var behind = (i % 24) - 11;
            var zone = behind < 0 ? $"Etc/GMT{behind}" : $"Etc/GMT+{behind}";
            var drawn = Company.People[i];
            var person = drawn with { Region = drawn.Region with { TimeZone = zone } };
            Company.People[i] = person;
            evenings[(person.Hour + behind + 24) % 24].Add(person);
            Company.Register(person, start);
        }
    }

    public Company Company { get; }

    private Random Random => Company.Random;

    private Feed Feed => Company.Feed;

    /// <summary>Has what begins in an hour happen; its rows arrive as they become known, some of them hours
    /// later.</summary>
    public void Live(int hour)
    {
        var begins = start + Duration.FromHours(hour);
        foreach (var person in evenings[begins.InUtc().Hour])
            if (Random.Next(10) < person.Evenings) Evening(person, begins + Duration.FromMinutes(Random.Next(60)));
        for (var slot = begins + Feed.Slot; slot <= begins + Duration.FromHours(1); slot += Feed.Slot)
        {
            BadRows(slot);
            // Somebody always watches somewhere: a small company is not a silent one.
            var anybody = Anybody();
            var short_ = Duration.FromMinutes(5);
            Viewing.Report(Company, new Viewed(anybody, slot - short_, short_) { Title = Viewing.Title(Company) });
        }
        Weather.Publish(Company, begins + Duration.FromMinutes(20), hour);
    }

    private Person Anybody() => Company.People[Random.Next(Company.People.Count)];

    private void Evening(Person person, Instant begins)
    {
        var known = Random.Next(100) > 0 ? person : Stranger(person, begins);
        var sitting = new Viewed(known, begins, Duration.FromMinutes(35 + Random.Next(80)))
        {
            Title = Viewing.Title(Company),
            Purchase = known.Plan is null || Random.Next(100) < 25 ? Rent(known, begins) : null,
        };
        var trouble = Random.Next(1000);
        if (trouble < 12)
        {
            Viewing.Report(
                Company, sitting with { Length = Duration.FromSeconds(25), Failure = "manifest-timeout" });
            // Half of them try again and it works, which makes it good.
            if (trouble % 2 == 0) return;
            sitting = sitting with { From = begins + Duration.FromMinutes(2) };
        }
        var stalls = Stalls(sitting, trouble);
        var id = Viewing.Report(Company, sitting with { Stalls = trouble < 20 ? [] : stalls });
        // A player that revises its figures an hour later.
        if (trouble is >= 12 and < 20)
            Viewing.Report(Company, sitting with { Stalls = stalls }, id, sitting.To + Duration.FromHours(1));
        if (sitting.Purchase is { } purchase && trouble < 62) Aftermath(known, purchase, sitting.To, trouble);
    }

    private List<double> Stalls(Viewed sitting, int trouble)
    {
        if (trouble is >= 12 and < 62) return [.. Enumerable.Range(0, 4).Select(_ => 40.0 + Random.Next(90))];
        if (sitting.Person.SlowLine && Random.Next(2) == 0)
            return [.. Enumerable.Range(0, 12).Select(_ => Math.Round(sitting.Length.TotalSeconds * 0.006))];
        return Random.Next(10) < 8 ? [] : [Math.Round(0.5 + (Random.NextDouble() * 3), 1)];
    }

    // Some write in before the jobs find them, and an agent helps; some only write.
    private void Aftermath(Person person, string purchase, Instant at, int trouble)
    {
        var soon = at + Duration.FromMinutes(10);
        if (trouble % 10 == 0)
        {
            Feed.Add("refunds", soon, $"r-{purchase}", purchase, person.Id, "0.99", person.Region.Currency, soon,
                "agent");
        }
        if (trouble % 10 < 2) Feed.Add("contacts", soon, $"k-{purchase}", person.Id, soon, "playback");
    }

    private string Rent(Person person, Instant begins)
    {
        var id = Company.NextPurchase();
        var draw = Random.Next(1000);
        var live = draw < 10 && person.Region.Currency is "USD" or "EUR";
        var known = begins - Duration.FromMinutes(3);
        // The shop sends some purchases late, and a few never.
        if (draw is >= 10 and < 30) known += Duration.FromHours(3);
        if (draw is >= 30 and < 32) return id;
        Feed.Add("purchases", known, id, person.Id, live ? "live-event" : "rental", "Blue Kite",
            live ? "34.99" : person.Region.Rental, person.Region.Currency, begins - Duration.FromMinutes(3),
            draw is >= 32 and < 52 ? Billing.ExpiredCard : $"card-{person.Number}");
        return id;
    }

    // Signed up just now; the customer's row arrives two hours later.
    private Person Stranger(Person like, Instant begins)
    {
        var stranger = like with { Number = 10_000_000 + ++strangers };
        Company.Register(stranger, begins + Duration.FromHours(2));
        return stranger;
    }

    private void BadRows(Instant slot)
    {
        Feed.Line("sessions", slot, $"s-bad,c-{Anybody().Number},,film-x,Blue Kite,yesterday,,1800,0,0");
        Feed.Line("purchases", slot, $"p-bad,c-{Anybody().Number},rental,Blue Kite,4.999,USD,{slot.Iso()},card-1");
    }
}
