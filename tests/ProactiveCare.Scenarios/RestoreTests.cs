using ProactiveCare.Payments;
using ProactiveCare.Tests;

namespace ProactiveCare.Scenarios;

/// <summary>The database of an earlier hour comes back, and the world has gone on.</summary>
public sealed class RestoreTests
{
    // When the backup is made, and how far the world comes before it is put back.
    public static TheoryData<string, string> Hours()
    {
        var hours = new TheoryData<string, string>();
        foreach (var backup in (string[])["before", "found", "handed-over"])
            foreach (var world in (string[])["found", "handed-over", "taken", "answered", "told"])
                hours.Add(backup, world);
        return hours;
    }

    [Theory]
    [MemberData(nameof(Hours))]
    public void Payments_and_mails_from_before_a_restore_are_not_repeated(string backup, string world)
    {
        SkipOnServer();
        using var story = Story.OfSlowStreams().With("approval: { above: [25.00 USD", "approval: { above: [1.00 USD");
        story.Customer("ada").Rental("p-ada", "ada");
        var file = backup == "before" ? story.Backup() : "";
        story.Watched("s-ada", "ada", "p-ada").Later(minutes: 35);
        if (backup == "found") file = story.Backup();
        if (world != "found") story.Approve();
        if (backup == "handed-over") file = story.Backup();
        if (world is "taken" or "answered" or "told") TakeAway(story);
        if (world is "answered" or "told") Answer(story, settles: world == "told");

        var report = story.Restore(file);

        Assert.Equal("r1", report.Epoch);
        if (backup == "before") story.Watched("s-ada", "ada", "p-ada", at: "2026-03-14T18:00:00Z");
        story.Later(minutes: 35).Approve().GoOn();
        TakeAway(story);
        Answer(story, settles: true);
        Assert.Equal(CreditState.Settled, story.Credit().State);
        Assert.Single(Keys(story).Distinct());
        Assert.Single(story.Outbox("refunded"));
        story.BooksBalance();
    }

    [Fact]
    public void Second_restore_of_the_same_backup_uses_no_number_of_the_first_again()
    {
        SkipOnServer();
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Customer("bob").Customer("cyd");
        var file = story.Backup();
        var (names, keys, mails) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var who in (string[])["ada", "bob", "cyd"])
        {
            // What is handed over, taken away and told differs each time.
            story.Rental("p-" + who, who).Watched("s-" + who, who, "p-" + who).Later(minutes: 35);
            foreach (var path in Directory.GetFiles(story.Folder.Inside("refunds", "out")))
                names.Add(Path.GetFileName(path));
            story.BillingAnswers();
            keys.AddRange(Keys(story, names[^1]));
            mails.AddRange(story.Mails(who).Select(mail => mail.MessageId));
            story.Restore(file);
            Directory.Delete(story.Folder.Inside("refunds"), recursive: true);
            Directory.CreateDirectory(story.Folder.Inside("refunds", "in"));
        }
        Assert.Equal(["refunds-000001.csv", "refunds-r1-000001.csv", "refunds-r2-000001.csv"], names);
        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal(3, mails.Distinct().Count());
        story.BooksBalance();
    }

    [Fact]
    public void Old_answer_settles_no_new_credit()
    {
        SkipOnServer();
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Customer("bob").Rental("p-bob", "bob").Rental("p-ada", "ada");
        var file = story.Backup();
        story.Watched("s-ada", "ada", "p-ada").Later(minutes: 35);
        TakeAway(story);
        story.Restore(file);
        story.Watched("s-bob", "bob", "p-bob").Later(minutes: 35);
        Answer(story, settles: false);
        story.GoOn();
        Assert.Equal((CreditState.Settling, "bob"), (story.Credit().State, story.Credit().CustomerId.Value));
        Assert.Contains("money left-before-restore", story.Watch().OpenAlarms());
        // Nobody finds the case again, so it is taken down as what it is.
        var key = Keys(story).First(key => !key.Contains("-r1-", StringComparison.Ordinal));
        story.Given("refunds", $"""
            refund_id,purchase_id,customer_id,amount,currency,refunded_at,by,reference
            b-1,p-ada,ada,4.99,USD,{story.Now},billing,{key}
            """);
        Assert.DoesNotContain("money left-before-restore", story.Watch().OpenAlarms());
    }

    [Fact]
    public void Payment_of_another_amount_is_money_given_elsewhere()
    {
        SkipOnServer();
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Rental("p-ada", "ada");
        var file = story.Backup();
        story.Watched("s-ada", "ada", "p-ada").Later(minutes: 35);
        story.Restore(file);
        story.With("share: 100%", "share: 50%").Watched("s-ada", "ada", "p-ada").Later(minutes: 35);
        Assert.Equal(CreditState.Reversed, story.Credit().State);
        TakeAway(story);
        Assert.Single(Keys(story).Distinct());
        story.BooksBalance();
    }

    [Theory]
    [InlineData("refunds/out")]
    [InlineData("refunds/archive")]
    [InlineData("outbox")]
    public void Database_that_is_older_than_its_folders_pays_nothing_until_a_person_says_that_it_was_restored(
        string evidence)
    {
        SkipOnServer();
        using var story = Story.OfSlowStreams();
        story.Customer("ada").Rental("p-ada", "ada");
        var file = story.Backup();
        story.Watched("s-ada", "ada", "p-ada").Later(minutes: 35).BillingAnswers();
        foreach (var folder in (string[])["refunds/out", "refunds/archive", "refunds/in/done", "outbox"])
            if (folder != evidence) Directory.Delete(story.Folder.Inside(folder), recursive: true);
        if (evidence == "refunds/out") File.Move(
            Path.Combine(story.Billing, "refunds-000001.csv"),
            Path.Combine(Directory.CreateDirectory(story.Folder.Inside(evidence)).FullName, "refunds-000001.csv"));
        story.RollBack(file);
        story.Watched("s-ada", "ada", "p-ada");
        story.Asleep(minutes: 35);
        Assert.Contains("newer than the database", Assert.Single(story.Try().Troubles));
        Assert.Equal(CreditState.Approved, story.Credit().State);
        story.Restored();
        Assert.Empty(story.Try().Troubles);
        Assert.All(Directory.GetFiles(story.Folder.Inside("refunds", "out"), "refunds-r1-*"),
            _ => Assert.Equal("outbox", evidence));
        story.BooksBalance();
    }

    private static void SkipOnServer() => Assert.SkipWhen(TestDatabase.Server is not null, "A backup is a file.");

    private static void TakeAway(Story story)
    {
        Directory.CreateDirectory(story.Billing);
        foreach (var file in Directory.GetFiles(story.Folder.Inside("refunds", "out"), "*.csv"))
            File.Move(file, Path.Combine(story.Billing, Path.GetFileName(file)), overwrite: true);
    }

    private static void Answer(Story story, bool settles)
    {
        foreach (var file in Directory.GetFiles(story.Billing))
        {
            var ids = File.ReadAllLines(file).Skip(1).Select(row => row.Split(',')[0])
                .Select(id => $"{id},accepted,B-{id},");
            File.WriteAllLines(
                story.Folder.Inside("refunds", "in", Path.GetFileNameWithoutExtension(file) + ".ack.csv"),
                ["credit_id,status,reference,reason", .. ids]);
        }
        if (settles) story.GoOn();
    }

    private static List<string> Keys(Story story, string name = "*") =>
        [.. Directory.GetFiles(story.Billing, name).SelectMany(file => File.ReadAllLines(file).Skip(1))
            .Select(row => row.Split(',')[6])];
}
