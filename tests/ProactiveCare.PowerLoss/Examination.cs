using System.Data.Common;
using Dapper;
using ProactiveCare.Cases;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;
using ProactiveCare.Storage;

namespace ProactiveCare.PowerLoss;

/// <summary>
/// Checks an image: no acknowledged row is lost, nothing is paid or sent twice.
/// </summary>
internal sealed class Examination(string root, IReadOnlyList<Hour> hours, Said said, Recording whole)
{
    private readonly List<string> problems = [];
    private readonly DataFolder folder = new(Path.Combine(root, "data"));

    /// <summary>Whether acknowledged data was lost.</summary>
    public bool Lost { get; private set; }

    /// <summary>Notices with an unknown outcome.</summary>
    public int Uncertain { get; private set; }

    public IReadOnlyList<string> Problems => problems;

    /// <summary>Opens the image as the product does.</summary>
    /// <param name="andOn">Whether the company then goes on until all is paid and told, and is examined again.</param>
    public void Look(bool andOn)
    {
        if (said.Installed && !folder.Exists)
        {
            Lose("the installation");
            return;
        }
        var sayAgain = new Said();
        foreach (var mail in said.Mailed) sayAgain.Mailed.Add(mail);
        sayAgain.Paid.AddRange(said.Paid);
        sayAgain.PaidCredits.AddRange(said.PaidCredits);
        sayAgain.Answered.AddRange(said.Answered);
        using var company = new Company(root, sayAgain.Take, said, hours.Count);
        company.Store.Read(db =>
        {
            Sound(db);
            Kept(db);
            return 0;
        });
        Files();
        if (!andOn || problems.Count > 0) return;
        foreach (var hour in hours) company.Hour(hour);
        for (var i = 0; i < 4; i++) company.GoOn();
        company.Store.Read(db =>
        {
            Sound(db);
            Paid(db, sayAgain);
            foreach (var mismatch in DecisionLog.Replay(db, company.Product.Book, null, out _))
                problems.Add($"I10: {mismatch}");
            Uncertain = db.ExecuteScalar<int>("SELECT COALESCE(SUM(uncertain_count), 0) FROM notice");
            Once(db, sayAgain);
            foreach (var open in db.Query<string>("SELECT message_id FROM notice WHERE state <> 'sent'"))
                problems.Add($"{open} was never sent");
            return 0;
        });
    }

    private void Sound(DbConnection db)
    {
        problems.AddRange(db.Query<string>("PRAGMA integrity_check").Where(line => line != "ok"));
        problems.AddRange(db.Query("PRAGMA foreign_key_check").Select(row => $"I3: an orphan in {row.table}"));
        problems.AddRange(BooksCheck.Run(db).Problems.Select(problem => "I4: " + problem));
        foreach (var (invariant, query) in Invariants.Queries)
            if (db.ExecuteScalar<long>($"SELECT count(*) FROM ({query})") is > 0 and var many)
                problems.Add($"{invariant}: {many} rows");
    }

    private void Kept(DbConnection db)
    {
        var there = Tallies.Of(db);
        foreach (var (name, count) in said.Counts)
            if (there[name] < count) Lose($"{count - there[name]} of {count} {name}");
        var left = db.Query<string>(
            "SELECT message_id FROM notice WHERE state IN ('sending', 'sent', 'uncertain')").ToHashSet();
        foreach (var mail in said.Offered.Except(left)) Lose($"I7: that {mail} was handed to the relay");
        foreach (var (messageId, reply) in db.Query<(string, string)>(
            "SELECT message_id, relay_reply FROM notice WHERE state = 'sent'"))
        {
            var file = folder.Inside("outbox", reply["Written to ".Length..]);
            if (!File.Exists(file)) Lose($"the mail {messageId} in the outbox");
        }
        foreach (var (batch, gateway) in db.Query<(long, string)>(
            "SELECT batch, gateway FROM payment_batch WHERE sent_at IS NOT NULL"))
        {
            var file = folder.Inside("refunds", "out", BillingFiles.Of(gateway).Name(batch));
            var content = BillingFiles.Of(gateway).Content(PaymentBatches.Get(db, batch).Payments);
            if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(content))
                Lose($"file {batch} for billing");
        }
    }

    // Every file visible under its final name is complete.
    private void Files()
    {
        foreach (var file in Visible("outbox", "*.eml"))
            if (!whole.Mails.Contains(SayingTransport.Hash(file))) problems.Add($"{file} is not whole");
        foreach (var backup in said.Backups)
        {
            var file = folder.Inside("backups", backup);
            if (!File.Exists(file)) Lose("the backup " + backup);
        }
        foreach (var file in Visible("backups", "*.db")) problems.AddRange(Backup.Check(file));
    }

    private IEnumerable<string> Visible(string name, string pattern) =>
        Directory.Exists(folder.Inside(name))
            ? Directory.GetFiles(folder.Inside(name), pattern).Where(file => Path.GetFileName(file)[0] != '.')
            : [];

    private void Paid(DbConnection db, Said all)
    {
        var settled = db.Query<(string Customer, long Cents)>(
            "SELECT customer_id, SUM(amount_minor) FROM credit WHERE state = 'settled' GROUP BY customer_id")
            .ToHashSet();
        var owed = hours.SelectMany(hour => hour.Owed()).ToHashSet();
        if (!settled.SetEquals(owed))
            problems.Add($"I2: {owed.Except(settled).Count()} are not paid what they are owed, and "
                + $"{settled.Except(owed).Count()} something else");
        var refunds = db.Query<long>("SELECT credit_id FROM credit WHERE kind = 'refund' AND state = 'settled'")
            .Select(id => id.ToString(System.Globalization.CultureInfo.InvariantCulture)).Order();
        if (!refunds.SequenceEqual(all.PaidCredits.Order()))
            problems.Add("I2: billing has not paid each refund exactly once");
    }

    // Each unknown outcome permits one more sending of a mail.
    private void Once(DbConnection db, Said all)
    {
        var uncertain = db.Query<(string MessageId, int Times)>("SELECT message_id, uncertain_count FROM notice")
            .ToDictionary(StringComparer.Ordinal);
        foreach (var (messageId, times) in all.Mailed.CountBy(mail => mail.MessageId))
            if (times > 1 + uncertain[messageId])
                problems.Add($"I7: {messageId} was sent {times} times and uncertain {uncertain[messageId]} times");
    }

    private void Lose(string what)
    {
        Lost = true;
        problems.Add("lost: " + what);
    }
}
