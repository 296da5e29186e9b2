namespace ProactiveCare.Scenarios;

/// <summary>
/// Every reason of a "no", a "later" and a "wait" has a story that ends in it, and words that can be read to Ada.
/// </summary>
public sealed class ReasonTests
{
    private const string Agency = "exclude: { status: [employee], plan: [agency], purchaseKind: [gift-card] }\n";

    private static readonly Dictionary<Reason, (string Words, Func<Story, Story> Happens)> Stories = new()
    {
        [Reason.CustomerNotArrived] = ("we do not know this customer yet", s => s.Rental("p1", "ada")
            .Watched("s1", "ada", "p1")),
        [Reason.PurchaseNotArrived] = ("the purchase has not reached us yet", s => s.Customer("ada")
            .Watched("s1", "ada", "p1")),
        [Reason.CustomerNeverArrived] = ("this customer never became known to us", s =>
            s.Rental("p1", "ada").Watched("s1", "ada", "p1").Later(hours: 1).Later(days: 15)),
        [Reason.PurchaseNeverArrived] = ("the purchase never reached us", s =>
            s.Customer("ada").Watched("s1", "ada", "p1").Later(hours: 1).Later(days: 15)),
        [Reason.PurchaseOfAnother] = ("the purchase was made by another customer", s =>
            s.Customer("ada").Customer("bob").Watched("s1", "ada", "p1").Later(hours: 1).Rental("p1", "bob")),
        [Reason.CaredForAlready] = ("cared for by another case already", s =>
        {
            s.CopyJob("failed-video-start", "failed-video-start");
            Assert.Empty(s.ReadJobs());
            return s.Customer("ada").Rental("p1", "ada").FailedStart("s0", "ada", "p1").Later(minutes: 35)
                .Watched("s1", "ada", "p1");
        }),
        [Reason.RefundedElsewhere] = ("refunded already by somebody else", s => s.BadEvening("ada")
            .RefundedBy("agent", "p-ada", "ada")),
        [Reason.OpenDispute] = ("disputed with the bank", s => s.BadEvening("ada")
            .RefundedBy("dispute", "p-ada", "ada")),
        [Reason.ExcludedStatus] = ("leaves out accounts of this status", s =>
            s.With("limits:\n", Agency + "limits:\n").BadEvening("ada").Customer("ada", status: "employee")),
        [Reason.ExcludedPlan] = ("leaves out this plan", s =>
            s.With("limits:\n", Agency + "limits:\n").BadEvening("ada").Customer("ada", plan: "agency")),
        [Reason.ExcludedPurchaseKind] = ("leaves out this kind of purchase", s =>
            s.With("limits:\n", Agency + "limits:\n").BadEvening("ada", kind: "gift-card")),
        [Reason.HeldOut] = ("waits in a comparison group", s => s.With("holdOut: 0%", "holdOut: 50%")
            .BadEvening("ada")),
        [Reason.NothingLeft] = ("nothing was paid for it", s => s.BadEvening("ada", amount: "0.00")),
        [Reason.NoAmountForCurrency] = ("names no amount in the customer's currency", s =>
            s.Customer("ada", currency: "JPY").Watched("s1", "ada", null)),
        [Reason.CurrencyNotKnown] = ("in which currency this customer pays", s =>
            s.Customer("ada", currency: "").Watched("s1", "ada", null)),
        [Reason.NoLimitForCurrency] = ("no limit in this currency, so a person decides", s =>
            s.BadEvening("ada", amount: "500", currency: "JPY")),
        [Reason.LimitReview] = ("helped often lately, so a person decides", s =>
            s.With("count: 3", "count: 1").BadEvening("ada").Later(hours: 1).Rental("p2", "ada")
                .Watched("s2", "ada", "p2")),
        [Reason.Andon] = ("payments of this job are stopped while a fault is looked into", s => s.Stop("andon")
            .BadEvening("ada")),
        [Reason.Approval] = ("approved by a person first", s => s.With("25.00 USD", "3.00 USD").BadEvening("ada")),
        [Reason.Budget] = ("the budget of the day was spent", s => s.With("2500.00 USD", "4.00 USD").BadEvening("ada")),
    };

    public static TheoryData<string> Told => [.. Stories.Keys.Select(reason => reason.Text)];

    [Theory]
    [MemberData(nameof(Told))]
    public void Reason_is_reached_recorded_explained_and_replayed(string text)
    {
        var reason = Reason.Parse(text);
        using var story = Story.OfSlowStreams();
        Stories[reason].Happens(story).Later(hours: 1);
        Assert.Contains(story.Decisions("ada"), decision => decision.Reason == reason);
        Assert.Contains(story.Cases("ada"), about => about.Reason == reason);
        Assert.Contains(Stories[reason].Words, story.Why("ada"));
        story.BooksBalance();
    }

    // A case that gave all it owed is not refused by new evidence, so that reason is a verdict and never a case's
    // own: see OnceTests.
    [Fact]
    public void Every_reason_has_a_story() => Assert.Equal(
        Reason.All.Select(reason => reason.Text).Order(),
        Stories.Keys.Append(Reason.GivenAlready).Select(reason => reason.Text).Order());
}
