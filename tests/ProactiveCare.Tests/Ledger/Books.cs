using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;

namespace ProactiveCare.Tests.Ledger;

/// <summary>Books with entries of several currencies, kinds of account and awkward memos.</summary>
internal static class Books
{
    public static void Fill(Installed here, int entries) => here.Write(db =>
    {
        var by = Actors.AddUser(db, default, "Ann \"A\"; the, first", "ann", null, Role.Finance, here.Clock.Now());
        var currencies = new[] { "USD", "JPY", "KWD", "EUR", "CLF" };
        for (var i = 1; i <= entries; i++)
        {
            var amount = new Money(i * 1237L, Currency.Of(currencies[i % currencies.Length]));
            var second = new Money(i, Currency.Of("USD"));
            var job = new JobId($"{i % 3}-job-{i % 3}");
            List<Posting> lines =
            [
                new(i % 2 == 0 ? Account.Expense("goodwill", job) : Account.PriceReduction(job), amount),
                new(Account.Customer(i), amount with { Minor = -amount.Minor }),
                new(Account.Rounding, second),
                new(i % 2 == 0 ? Account.Billing : Account.Gateway("refund-file"), second with { Minor = -i }),
            ];
            var entry = new Entry(
                "test.post", $"credit:{i}:owed", by, "=SUM(A1), \"quoted\"; a|b\r\n  \\ (c) – ü", lines)
            {
                CaseId = new CaseId(i),
                CreditId = new CreditId(i),
            };
            Journal.Post(db, entry, here.Clock.Now());
            here.Clock.Advance(TimeSpan.FromHours(7));
        }
    });

    /// <summary>Changes rows past the triggers, as the owner of the file or the server's superuser could.
    /// </summary>
    public static void Tamper(Installed here, string sql) => here.Write(db =>
    {
        if (here.Store.IsShared)
        {
            db.Execute($"SET LOCAL session_replication_role = replica; {sql}");
            return;
        }
        var triggers = db.Query<(string Name, string Sql)>(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").ToList();
        foreach (var trigger in triggers) db.Execute($"DROP TRIGGER {trigger.Name}");
        db.Execute("PRAGMA defer_foreign_keys = ON");
        db.Execute(sql);
        foreach (var trigger in triggers) db.Execute(trigger.Sql);
    });
}
