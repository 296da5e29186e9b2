using System.Globalization;
using Dapper;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Payments;

/// <summary>One budget shared by many nodes.</summary>
public sealed class SharedBudgetTests
{
    private const int Writers = 16;

    [Fact]
    public Task Sixteen_nodes_spend_a_budget_to_the_cent() => Spend(attempts: 4000);

    [Fact(Explicit = true)]
    public Task Sixteen_nodes_ask_a_million_times() => Spend(attempts: 1_000_000);

    private static async Task Spend(int attempts)
    {
        TestDatabase.SkipUnlessServer();
        using var here = new Installed();
        var key = new BudgetKey(Paying.Job, "live", "2026-03-14");
        var cap = Paying.Usd("5000.00");
        var spent = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            using var store = Store.Open(new DataFolder(here.Folder.Path) { Server = here.Folder.Server }, here.Clock);
            var random = new Random(writer);
            var sum = 0L;
            for (var i = 0; i < attempts / Writers; i++)
            {
                var amount = Paying.Usd(random.Next(1, 10).ToString(CultureInfo.InvariantCulture));
                if (await store.Share(db => Budgets.TryReserve(db, key, amount, cap))) sum += amount.Minor;
                Assert.InRange(
                    store.Read(db => db.ExecuteScalar<long>("SELECT reserved_minor FROM budget")), 0, cap.Minor);
            }
            return sum;
        })));

        Assert.Equal(cap.Minor, spent.Sum());
        Assert.Equal(cap.Minor, here.Read(db => db.ExecuteScalar<long>("SELECT reserved_minor FROM budget")));
    }
}
