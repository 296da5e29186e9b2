using Dapper;
using NodaTime;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

/// <summary>The books stay sound under random actions in random order with crashes between.</summary>
public sealed class MoneyPropertyTests
{
    private const long CapMinor = 3000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Random_days_keep_every_sum_right(int seed)
    {
        using var world = new World(seed);
        for (var i = 0; i < 150; i++)
        {
            await world.DoSomething();
            if (i % 10 == 0) Assert.Empty(world.Paying.Problems());
        }
        await world.Finish();
        Assert.Empty(world.Paying.Problems());
        world.NothingIsPaidTwice();
        Assert.True(world.Did >= 12, "every kind of thing should have happened");
    }

    private sealed class World(int seed) : IDisposable
    {
        private readonly Random random = new(seed);
        private readonly HashSet<int> did = [];

        public Paying Paying { get; } = new() { Debits = new DebitRules(seed % 2 == 0, Duration.FromDays(3)) };

        public int Did => did.Count;

        private IPaymentGateway[] Gateways =>
            [Paying.RefundFiles(maxLines: 3), Paying.AccountCredits(Posted)];

        // In every second world billing reads the ledger.
        private bool Posted => seed % 2 == 0;

        private Settlement Settlement => Paying.Settlement(Gateways);

        public async Task DoSomething()
        {
            var what = random.Next(13);
            did.Add(what);
            switch (what)
            {
                case 0 or 1 or 2: Create(); break;
                case 3: Decide((db, id) => Approvals.Approve(db, id, By(), Budget(), Paying.Now)); break;
                case 4: Decide((db, id) => Approvals.Reject(db, id, By(), "no", Paying.Now)); break;
                case 5: Decide((db, id) => Paying.AskToUndo(db, id, By(), "no")); break;
                case 6: Decide((db, id) => Approvals.Retry(db, id, Paying.Ann, Paying.Now)); break;
                case 7: Answer(); break;
                case 8: await Crash(); break;
                case 9: Decide((db, id) => Approvals.Convert(db, id, By(), Paying.Now)); break;
                case 10: Decide((db, id) => Paying.ConfirmUndo(db, id, By())); break;
                case 11: Decide((db, id) => CreditUndo.Decline(db, id, By(), "it was right", Paying.Now)); break;
                default:
                    await Settlement.RunOnce(Paying.Here.Store);
                    await new Sealer(Paying.Here.Clock).RunOnce(Paying.Here.Store);
                    break;
            }
            if (random.Next(5) == 0) Paying.Here.Clock.Advance(TimeSpan.FromHours(9));
        }

        public async Task Finish()
        {
            for (var i = 0; i < 30; i++)
            {
                await Settlement.RunOnce(Paying.Here.Store);
                Answer();
            }
        }

        public void NothingIsPaidTwice() => Paying.Here.Read(db =>
        {
            var settled = db.Query<string>("SELECT credit_id FROM credit WHERE settled_at IS NOT NULL").ToList();
            var told = Paying.Notes().Where(note => note.Contains(" settled "))
                .Select(note => note.Split(' ')[0]).ToList();
            Assert.Equal(settled.Order(), told.Order());
            Assert.NotEmpty(settled);
            var entries = db.Query<string>("SELECT credit_id FROM entry WHERE kind = 'credit.settled'").ToList();
            Assert.Equal(settled.Order(), entries.Order());
            Assert.True(
                db.ExecuteScalar<bool>("SELECT MAX(reserved_minor) <= @CapMinor FROM budget", new { CapMinor }));
            return true;
        });

        public void Dispose() => Paying.Dispose();

        private static Money Cap() => Paying.Usd("30.00");

        private Decider By() =>
            Paying.By(random.Next(2) == 0 ? Paying.Ann : random.Next(3) == 0 ? Paying.Olga : Paying.Bob);

        private string Today() => Paying.Now.Iso()[..10];

        private DayBudget Budget() => new(Today(), Cap());

        // As a case desk does it: reserve, hold if the budget is exhausted, credit, in one transaction.
        private void Create() => Try(() => Paying.Write(db =>
        {
            var amount = $"{random.Next(1, 12)}.{random.Next(10, 99)}";
            var customer = random.Next(1, 4);
            var credit = random.Next(2) == 0 ? Paying.Refund(amount, customer) : Paying.AccountCredit(amount, customer);
            credit = credit with
            {
                Entitlement = random.Next(3) == 0 ? Entitlement.Statutory : Entitlement.Goodwill,
                HoldReason = random.Next(3) == 0 ? HoldReason.Approval : null,
            };
            var reserved = Budgets.TryReserve(db, new BudgetKey(Paying.Job, "live", Today()), credit.Amount, Cap());
            return Credits.Create(
                db,
                reserved ? credit with { BudgetPeriod = Today() } : credit with { HoldReason = HoldReason.Budget },
                Paying.Now);
        }));

        private void Decide(Action<System.Data.Common.DbConnection, CreditId> decision)
        {
            var last = Paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM credit"));
            for (var i = 0; i < 3 && last > 0; i++)
                Try(() => Paying.Write(db => decision(db, new CreditId(random.Next(1, last + 1)))));
        }

        // Billing answers some lines of some file, once or again, sometimes with nonsense among them.
        private void Answer()
        {
            if (!Directory.Exists(Paying.Inside("out"))) return;
            var files = Directory.GetFiles(Paying.Inside("out"), "*.csv").Order().ToArray();
            if (files.Length == 0) return;
            var file = files[random.Next(files.Length)];
            var lines = File.ReadLines(file).Skip(1).Select(line => line.Split(',')[0]).Where(_ => random.Next(4) > 0)
                .Select(id => random.Next(4) == 0 ? $"{id},refused,,closed" : $"{id},accepted,B{id},");
            string[] nonsense = random.Next(3) == 0 ? ["999,accepted,X,", "1,maybe,,"] : [];
            Paying.Answer(Path.GetFileNameWithoutExtension(file) + ".ack.csv", [.. lines, .. nonsense]);
        }

        private async Task Crash()
        {
            switch (random.Next(3))
            {
                case 0:
                    await Settlement.StoreBatches(Paying.Here.Store, Gateways[0]);
                    break;
                case 1:
                    Paying.Write(db => db.Execute("UPDATE payment_batch SET sent_at = NULL"));
                    break;
            }
            Paying.Here.Reopen();
        }

        private static void Try(Action action)
        {
            try
            {
                action();
            }
            catch (PaymentException)
            {
                // A refusal is a valid outcome.
            }
        }
    }
}
