using ProactiveCare.Demo;
using ProactiveCare.Storage;
using ProactiveCare.Worker;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Scenarios;

public sealed class DemoTests : IDisposable
{
    private readonly string root = Path.Combine(Path.GetTempPath(), "demo-" + Guid.NewGuid().ToString("n"));
    private readonly StringWriter told = new();

    [Fact]
    public async Task Two_days_cover_every_stage_and_reason_with_sound_books()
    {
        var figures = await Demo("first", seed: 1);

        Assert.Equal(ReasonsThatAppear.Select(reason => reason.Text).Order(), figures.Reasons
            .Where(r => r.Standing is "refused" or "waiting" or "pending").Select(r => r.Reason).Order());
        Assert.Contains(figures.Reasons, r => r is { Standing: "failed", Reason: "the card has expired" });
        Assert.Contains(figures.Reasons, r => r.Standing == "rejected");
        Assert.Contains(HoldReason.Andon, figures.HeldAtFirst);
        Assert.Contains(HoldReason.Budget, figures.HeldAtFirst);
        Assert.All(figures.Jobs, job => Assert.Equal(
            job.Found, job.Given + job.Told + job.Held + job.Waiting + job.Refused));
        Assert.Equal(3, figures.Headline.WaitForYou);
        Assert.True(figures.Headline.Helped > 40);
        Assert.Equal(1, figures.Headline.HelpedAfterContact);

        Assert.Empty(figures.Books.Problems);
        Assert.Equal(figures.Books.Entries, figures.Books.Sealed);
        Assert.Equal((0, true), (figures.Mismatches, figures.Replayed > 60));
        var imports = figures.Imports;
        Assert.Equal(
            imports.Received, imports.Stored + imports.Revised + imports.Duplicate + imports.Quarantined);
        Assert.True(imports is { Quarantined: 5, Revised: 1, Duplicate: > 4 });
        TheMailsAreThere(figures);

        // A demo's own folder is replaced, and the same seed gives the same two days.
        Assert.Equal(Json.Of(figures), Json.Of(await Demo("first", seed: 1)));
    }

    [Fact]
    public void Random_values_depend_on_the_seed_alone()
    {
        Assert.Equal(Parcels(5), Parcels(5));
        Assert.NotEqual(Parcels(5), Parcels(6));

        static IReadOnlyList<Parcel> Parcels(int seed) => Company.OfTwoDays(60, seed).Feed.Parcels();
    }

    [Fact]
    public async Task Folder_not_made_by_a_demo_is_not_touched()
    {
        Directory.CreateDirectory(Path.Combine(root, "theirs"));
        var precious = Path.Combine(root, "theirs", "thesis.txt");
        await File.WriteAllTextAsync(precious, "ten years", TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<DemoException>(() => Demo("theirs", seed: 1));

        Assert.Contains("left alone", refusal.Message);
        Assert.Equal([precious], Directory.GetFileSystemEntries(Path.Combine(root, "theirs")));
    }

    [Fact]
    public async Task Missing_shipped_jobs_are_reported_with_the_paths_searched()
    {
        var refusal = await Assert.ThrowsAsync<DemoException>(() => Demo("nojobs", seed: 1, jobs: "/nowhere"));
        Assert.Contains("/nowhere/slow-video-stream is not there", refusal.Message);
    }

    public void Dispose()
    {
        if (Directory.Exists(root)) Directory.Delete(root, recursive: true);
    }

    private static readonly Reason[] ReasonsThatAppear =
    [
        Reason.NoLimitForCurrency, Reason.Approval, Reason.LimitReview,
        Reason.CustomerNotArrived, Reason.PurchaseNotArrived, Reason.NoAmountForCurrency,
        Reason.RefundedElsewhere, Reason.OpenDispute, Reason.CaredForAlready, Reason.ExcludedStatus,
        Reason.ExcludedPlan, Reason.ExcludedPurchaseKind, Reason.NothingLeft, Reason.PurchaseNeverArrived,
        Reason.CustomerNeverArrived,
    ];

    private void TheMailsAreThere(DemoFigures figures)
    {
        // English words for a customer in Japan have English dates: no year sign, however it is encoded.
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(root, "first", "outbox")),
            mail => File.ReadAllText(mail).Contains("=E5=B9=B4", StringComparison.Ordinal));
        var sent = figures.Mail.Where(m => m.State == "sent").ToList();
        Assert.Equal(sent.Sum(m => m.Count), Directory.GetFiles(Path.Combine(root, "first", "outbox"), "*.eml").Length);
        Assert.Equal(
            ["alarm", "alert", "credited", "held", "refunded", "summary"],
            sent.Select(m => m.Event).Distinct().Order());
        Assert.Contains(sent, m => m is { Event: "refunded", Rested: > 0 });
        var unsent = figures.Mail.Where(m => m.State != "sent").ToList();
        Assert.Contains(unsent, m => m is { State: "suppressed", Reason: "customer-closed" });
        Assert.Contains(unsent, m => m is { State: "suppressed", Reason: "overtaken" });
        Assert.Contains(unsent, m => m is { State: "held" }
            && m.Reason!.StartsWith("daily-cap", StringComparison.Ordinal));
        Assert.Contains("expense:goodwill:slow-video-stream",
            File.ReadAllText(Path.Combine(root, "first", "ledger.journal")));
        Assert.Contains("pulls the andon", told.ToString());
        Assert.DoesNotContain("No run of", told.ToString());
        Assert.Contains("Alarm: no telemetry arrives", told.ToString());
    }

    private Task<DemoFigures> Demo(string folder, int seed, string? jobs = null) => Demonstration.Run(
        new DemoRequest(
            new DataFolder(Path.Combine(root, folder)), jobs ?? Path.Combine(Repository.Root, "jobs"), seed,
                Demonstration.Customers, "tester", ScheduleWords.Rules),
        new DemoWatcher((_, line) => told.WriteLine(line), (_, _) => { }),
        TestContext.Current.CancellationToken);
}
