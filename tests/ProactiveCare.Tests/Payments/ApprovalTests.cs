using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Tests.Payments;

public sealed class ApprovalTests : IDisposable
{
    private readonly Paying paying = new();

    public void Dispose() => paying.Dispose();

    [Fact]
    public void Approved_credit_is_owed_and_names_its_approver()
    {
        var id = Held();
        Approve(id, Paying.By(paying.Ann));
        var credit = paying.Get(id);
        Assert.Equal((CreditState.Approved, null, (ActorId?)paying.Ann.Id), (
            credit.State, credit.HoldReason, credit.ApproverId));
        Assert.Equal(
            [Paying.Usd("-4.99")], paying.Here.Read(
                db => Journal.Balance(db, Account.Customer(credit.CustomerNumber))));
        var line = Assert.Single(paying.Here.Read(db => AuditLog.Of(db, $"credit:{id}")));
        Assert.Equal(("ann", "credit.approve"), (line.Actor, line.Action));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Second_or_late_decision_reports_the_earlier_one()
    {
        var id = Held();
        Approve(id, Paying.By(paying.Ann));
        Assert.Contains($"Credit {id} is approved already", Refused(() => Approve(id, Paying.By(paying.Bob))));
        Assert.Contains($"Credit {id} is approved already", Refused(() => Reject(id, Paying.By(paying.Bob))));
        var other = Held();
        Reject(other, Paying.By(paying.Bob));
        Assert.Contains($"Credit {other} is rejected already", Refused(() => Approve(other, Paying.By(paying.Ann))));
        Assert.Contains("there is nothing to undo", Refused(() => Reverse(other, Paying.By(paying.Ann))));
        Assert.Contains("There is no credit 99", Refused(() => Approve(new CreditId(99), Paying.By(paying.Ann))));
        Assert.Contains(
            "only a failed one", Refused(() => paying.Write(db => Approvals.Retry(db, id, paying.Ann, paying.Now))));
    }

    [Fact]
    public void Makers_machines_and_people_without_the_role_are_refused()
    {
        var id = Held();
        Assert.Contains("olga does not have the finance role", Refused(() => Approve(id, Paying.By(paying.Olga))));
        Assert.Contains(
            "ann wrote or accepted the job", Refused(() => Approve(id, Paying.By(paying.Ann, paying.Ann.Id))));
        var system = paying.Write(db => Actors.Get(db, Actors.System(db, paying.Now)));
        Assert.Contains("Only a person", Refused(() => Approve(id, Paying.By(system))));
        Assert.Contains("Only a person", Refused(() => Reject(id, Paying.By(system))));
        var own = paying.Create(
            paying.Refund("1.00") with { HoldReason = HoldReason.Approval, MakerId = paying.Ann.Id });
        Assert.Contains("ann made credit", Refused(() => Approve(own, Paying.By(paying.Ann))));
        paying.Write(db => Actors.Disable(db, paying.Olga.Id, "bob", paying.Now));
        var bob = paying.Here.Read(db => Actors.Get(db, paying.Bob.Id));
        Assert.Contains("bob is disabled", Refused(() => Approve(id, Paying.By(bob))));
        Assert.Equal(CreditState.Pending, paying.Get(id).State);
        Assert.Equal(CreditState.Pending, paying.Get(own).State);
    }

    [Fact]
    public void Rejected_credit_releases_its_budget_and_its_purchase()
    {
        var id = Held(reserved: true);
        Assert.Equal((499, (0L, 499L)), (Reserved("2026-03-14"), paying.Purchase(1)));
        Assert.Contains("Say why", Refused(
            () => paying.Write(db => Approvals.Reject(db, id, Paying.By(paying.Ann), " ", paying.Now))));
        Reject(id, Paying.By(paying.Ann));
        Assert.Equal((0, (0L, 0L)), (Reserved("2026-03-14"), paying.Purchase(1)));
        Assert.Equal(0, paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM entry")));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Rejected_statutory_credit_is_reversed_in_the_books()
    {
        var id = paying.Create(
            paying.AccountCredit("4.99") with { Entitlement = Entitlement.Statutory, HoldReason =
                HoldReason.Approval });
        Reject(id, Paying.By(paying.Ann));
        Assert.Equal([Paying.Usd("0")], paying.Here.Read(db => Journal.Balance(db, "liability:customers:1")));
        Assert.Equal(2, paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM entry")));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Statutory_credit_that_is_approved_later_is_booked_once()
    {
        var id = paying.Create(
            paying.AccountCredit("4.99") with { Entitlement = Entitlement.Statutory, HoldReason =
                HoldReason.Approval });
        Approve(id, Paying.By(paying.Ann));
        Assert.Equal(1, paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM entry")));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Credit_held_for_budget_is_reserved_on_the_day_of_its_approval()
    {
        var id = paying.Create(paying.Refund("4.99") with { HoldReason = HoldReason.Budget });
        var small = new DayBudget("2026-03-15", Paying.Usd("4.98"));
        Assert.Contains("(4.98 USD) is exhausted", Refused(() => Approve(id, Paying.By(paying.Ann), small)));
        Assert.Equal(CreditState.Pending, paying.Get(id).State);
        Approve(id, Paying.By(paying.Ann), small with { Cap = Paying.Usd("4.99") });
        Assert.Equal("2026-03-15", paying.Get(id).BudgetPeriod);
        Assert.Equal(499, Reserved("2026-03-15"));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public void Approval_reserves_nothing_for_a_credit_that_has_a_reservation()
    {
        var id = Held(reserved: true);
        Approve(id, Paying.By(paying.Ann), new DayBudget("2026-03-15", Paying.Usd("100")));
        Assert.Equal((499, 0), (Reserved("2026-03-14"), Reserved("2026-03-15")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Approval_and_release_are_the_same_transition(bool byPerson)
    {
        var id = paying.Create(paying.Refund("4.99") with { HoldReason = HoldReason.Budget });
        var budget = new DayBudget("2026-03-15", Paying.Usd("10.00"));

        var done = Move(budget with { Cap = Paying.Usd("4.98") });
        Assert.False(done);
        Assert.Equal((CreditState.Pending, 0), (paying.Get(id).State, Reserved("2026-03-15")));
        Assert.True(Move(budget));
        Assert.False(Move(budget));

        var credit = paying.Get(id);
        Assert.Equal((CreditState.Approved, null, "2026-03-15", byPerson ? paying.Ann.Id : (ActorId?)null),
            (credit.State, credit.HoldReason, credit.BudgetPeriod, credit.ApproverId));
        Assert.Equal(499, Reserved("2026-03-15"));
        Assert.Equal(1, paying.Here.Read(db => db.ExecuteScalar<int>("SELECT COUNT(*) FROM entry")));
        var line = Assert.Single(paying.Here.Read(db => AuditLog.Of(db, $"credit:{id}")));
        Assert.Equal(byPerson ? "credit.approve" : "credit.release", line.Action);
        Assert.Contains("\"holdReason\":\"budget\"", line.Detail, StringComparison.Ordinal);
        Assert.Empty(paying.Problems());

        bool Move(DayBudget room)
        {
            try
            {
                if (byPerson) Approve(id, Paying.By(paying.Ann), room);
                return byPerson || paying.Write(db =>
                    Approvals.Release(db, Credits.Get(db, id), room, paying.Maker, paying.Now));
            }
            catch (PaymentException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Approved_credit_can_be_reversed_before_it_is_paid()
    {
        var id = Held(reserved: true);
        Approve(id, Paying.By(paying.Ann));
        Reverse(id, Paying.By(paying.Bob));
        paying.Write(db => paying.ConfirmUndo(db, id, Paying.By(paying.Ann)));
        Assert.Equal((0, (0L, 0L)), (Reserved("2026-03-14"), paying.Purchase(1)));
        Assert.Equal(
            [Paying.Usd("0")], paying.Here.Read(db => Journal.Balance(db, "expense:goodwill:slow-video-stream")));
        Assert.Contains("is reversed already", Refused(() => Reverse(id, Paying.By(paying.Bob))));
        Assert.Empty(paying.Problems());
    }

    private static string Refused(Action action) => Assert.Throws<PaymentException>(action).Message;

    private CreditId Held(bool reserved = false)
    {
        var credit = paying.Refund("4.99") with { HoldReason = HoldReason.Approval };
        return paying.Write(db =>
        {
            if (!reserved) return Credits.Create(db, credit, paying.Now);
            var key = new BudgetKey(Paying.Job, "live", "2026-03-14");
            Assert.True(Budgets.TryReserve(db, key, credit.Amount, Paying.Usd("100")));
            return Credits.Create(db, credit with { BudgetPeriod = key.Period }, paying.Now);
        });
    }

    private void Approve(CreditId id, Decider by, DayBudget? budget = null) =>
        paying.Write(db => Approvals.Approve(db, id, by, budget, paying.Now));

    private void Reject(CreditId id, Decider by) =>
        paying.Write(db => Approvals.Reject(db, id, by, "not due", paying.Now));

    private void Reverse(CreditId id, Decider by) =>
        paying.Write(db => paying.AskToUndo(db, id, by, "an error"));

    private long Reserved(string period) => paying.Here.Read(db => db.ExecuteScalar<long>(
        "SELECT COALESCE(SUM(reserved_minor), 0) FROM budget WHERE period = @period AND mode = 'live'",
        new { period }));
}
