using Dapper;
using NodaTime;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.RealData;

namespace ProactiveCare.Scenarios.RealData;

/// <summary>
/// Every recorded playback through the whole main job as it is shipped: who is refunded is worked out a second time, by
/// tests/reference/slow_video.py, which shares nothing with the product.
/// </summary>
public sealed class RealPlaybacksTests(ITestOutputHelper output)
{
    private const int Price = 399;
    private const int DayBudget = 2500_00;
    private const int MostADay = DayBudget / Price;
    private static readonly Currency Dollars = Currency.Of("USD");
    private static readonly Duration Day = Duration.FromDays(1);

    [Fact]
    public void Exactly_the_purchases_of_the_independent_calculation_are_refunded_within_the_daily_budget()
    {
        var sessions = YouTubeSessions.Read().Concat(LumosSessions.Read()).ToList();
        var due = Reference.Run("slow_video.py", "all", "--due-only").ToList();
        using var story = Arrived(sessions);

        story.At(story.Now.Iso());
        Assert.Equal(due.Count, Count(story, "care_case"));
        Assert.Equal(MostADay, Count(story, "credit WHERE state = 'settling'"));
        Assert.Equal(due.Count - MostADay, Count(story, "credit WHERE state = 'pending' AND hold_reason = 'budget'"));
        story.BillingAnswers();
        var days = 1;
        for (; Count(story, "credit WHERE state = 'pending'") > 0; days++)
        {
            Assert.Equal(days * MostADay, Count(story, "credit WHERE state = 'settled'"));
            story.At((story.Now + Day).Iso()).BillingAnswers();
        }
        Assert.Equal((due.Count + MostADay - 1) / MostADay, days);

        EachIsRefundedOnce(story, due);
        EachIsToldOnce(story, due);
        TheBooksHoldEach(story, due);
        EveryOtherIsExplained(story, sessions, due);
        output.WriteLine($"{sessions.Count} playbacks, {due.Count} refunds due and given in {days} days, "
            + $"{new Money(due.Count * Price, Dollars)} altogether, {due.Count - MostADay} of them held for a budget.");

        Assert.All(Import(story, sessions), result => Assert.Equal(sessions.Count, result.Duplicate));
        var before = Everything(story);
        story.At((story.Now + Day).Iso()).BillingAnswers();
        Assert.Equal(before, Everything(story));
    }

    [Fact]
    public void Refund_refused_by_billing_stays_owed_and_is_not_announced()
    {
        var due = Reference.Run("slow_video.py", "lumos", "--due-only").ToList();
        using var story = Arrived(LumosSessions.Read());
        story.At(story.Now.Iso()).BillingAnswers("refused");

        Assert.Equal(due, story.Credits().Where(c => c.State == CreditState.Failed)
            .Select(c => c.PurchaseId!.Value.Value).Order(StringComparer.Ordinal));
        Assert.Equal(0, Count(story, "notice"));
        Assert.Equal(due.Count * Price, Owed(story));
        story.BooksBalance();
        output.WriteLine($"{due.Count} refunds due, refused and still owed.");
    }

    // A company on the day after the last playback, at an hour when its customers are awake.
    private static Story Arrived(IReadOnlyCollection<RecordedSession> sessions)
    {
        var last = Instant.FromDateTimeOffset(sessions.Max(session => session.EndedAt));
        var noon = last.InUtc().Date.PlusDays(1).At(new LocalTime(12, 0)).InUtc().ToInstant();
        var story = new Story(noon.Iso(), jobs: "slow-video-stream");
        Assert.All(Import(story, sessions), result => Assert.Equal(sessions.Count, result.Stored));
        return story;
    }

    private static List<ImportResult> Import(Story story, IReadOnlyCollection<RecordedSession> sessions)
    {
        var files = RecordedSession.ToImportFiles(sessions);
        return
        [
            story.Import("customers", files.Customers), story.Import("purchases", files.Purchases),
            story.Import("sessions", files.Sessions),
        ];
    }

    private static void EachIsRefundedOnce(Story story, List<string> due)
    {
        var credits = story.Credits();
        Assert.Equal(due, credits.Select(c => c.PurchaseId!.Value.Value).Order(StringComparer.Ordinal));
        Assert.All(credits, credit => Assert.Equal(
            (CreditState.Settled, new Money(Price, Dollars), CreditKind.Refund),
            (credit.State, credit.Amount, credit.Kind)));
        // One line a refund, and no more, in all the files that billing got.
        var lines = Directory.GetFiles(story.Billing, "*.csv")
            .SelectMany(RecordedData.Rows).ToList();
        Assert.Equal(due, lines.Select(line => line["purchase_id"]).Order(StringComparer.Ordinal));
        Assert.All(lines, line => Assert.Equal(("3.99", "USD"), (line["amount"], line["currency"])));
    }

    private static void EachIsToldOnce(Story story, List<string> due)
    {
        var told = story.Read(db => db.Query<(string Customer, string Event, string State, long Count)>(
            "SELECT customer_id, event, state, COUNT(*) FROM notice GROUP BY customer_id, event, state").ToList());
        Assert.All(told, notice => Assert.Equal(("sent", 1), (notice.State, notice.Count)));
        Assert.Equal(due, told.Where(n => n.Event == "refunded").Select(n => n.Customer).Order(StringComparer.Ordinal));
        Assert.Equal(due.Count - MostADay, told.Count(n => n.Event == "held"));
        Assert.Equal(told.Count, Directory.GetFiles(story.Folder.Inside("outbox"), "*.eml").Length);
    }

    private static void TheBooksHoldEach(Story story, List<string> due)
    {
        story.BooksBalance();
        var entries = story.Read(db => db.Query<(string Purchase, long Customer, string Postings)>(
            """
            SELECT purchase_id, customer_number,
              string_agg(account || ' ' || posting.amount_minor, ', ' ORDER BY entry_id, line)
            FROM credit JOIN entry USING (credit_id) JOIN posting USING (entry_id)
            GROUP BY credit_id, purchase_id, customer_number
            """).ToList());
        Assert.Equal(due, entries.Select(entry => entry.Purchase).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.Equal(
            $"expense:goodwill:slow-video-stream 399, liability:customers:{entry.Customer} -399, "
                + $"liability:customers:{entry.Customer} 399, asset:gateway:refund-file -399",
            entry.Postings));
        var report = story.Read(LedgerCheck.Run);
        Assert.Equal(2 * due.Count, report.Entries);
        Assert.Equal([new Money(2L * due.Count * Price, Dollars)], report.Turnover);
        Assert.Equal(0, Owed(story));
    }

    private static void EveryOtherIsExplained(Story story, List<RecordedSession> sessions, List<string> due)
    {
        var others = sessions.Select(session => session.Id).Except(due).ToList();
        Assert.Equal(sessions.Count - due.Count, others.Count);
        Assert.All(others, id => Assert.Contains("nothing was bad enough for any job", story.Why(id)));
        Assert.All(due, id => Assert.Contains("was paid through refund-file", story.Why(id)));
    }

    private static long Owed(Story story) => story.Read(db => db.ExecuteScalar<long>(
        "SELECT -SUM(amount_minor) FROM posting WHERE account LIKE 'liability:customers:%'"));

    private static long Count(Story story, string of) =>
        story.Read(db => db.ExecuteScalar<long>($"SELECT COUNT(*) FROM {of}"));

    private static List<long> Everything(Story story) =>
        [.. new[] { "care_case", "decision", "credit", "notice", "entry", "posting", "payment", "session" }
            .Select(table => Count(story, table)), Directory.GetFiles(story.Folder.Inside("outbox")).Length];
}
