namespace ProactiveCare.Tests.Worker;

public sealed class CreditCommandsTests : IDisposable
{
    private readonly Shop shop = new();

    public CreditCommandsTests() => shop.Do($"jobs run {Shop.Job}");

    public void Dispose() => shop.Dispose();

    [Fact]
    public void Waiting_credits_are_listed_with_reason_and_deadline()
    {
        var listed = shop.Do("credits list --state pending").Out;
        Assert.Contains("approved by a person first; decide by 2026-03-15 00:00 UTC", listed);
        Assert.Contains("pending: 1 credit, 19.99 USD", listed);
        var credit = Assert.Single(shop.Do("credits list --state pending --json").Json.EnumerateArray());
        Assert.Equal("19.99", credit.GetProperty("amount").GetString());
        Assert.Equal("USD", credit.GetProperty("currency").GetString());
        Assert.Equal("2026-03-15T00:00:00Z", credit.GetProperty("decideByAt").GetString());
        Assert.Equal("[]", shop.Do("credits list --since 2026-03-14T20:00:01Z --json").Out.Trim());
    }

    [Fact]
    public void Acceptor_of_the_job_cannot_approve_and_another_person_can()
    {
        var refused = shop.Desk.Run("credits approve 2");
        Assert.Equal(1, refused.Code);
        Assert.Contains("somebody else", refused.Out);
        Assert.Equal(0, shop.As("fin", "credits approve 2").Code);
        Assert.Equal("approved", shop.Do("credits list --json").Json[1].GetProperty("state").GetString());
        Assert.Contains("fin: credit.approve", shop.Do("cases show 2").Out);
    }

    [Fact]
    public void Several_credits_are_decided_independently()
    {
        var told = shop.As("fin", "credits approve 2 1 99");
        Assert.Equal(1, told.Code);
        Assert.Contains("Credit 2 of 19.99 USD for cem is approved", told.Out);
        Assert.Contains("There is no credit 99", told.Out);
        Assert.Contains("1 of 3 credits approved, 19.99 USD", told.Out);
    }

    [Fact]
    public void Rejecting_and_reversing_need_a_reason_and_show_it()
    {
        Assert.Equal(2, shop.As("fin", "credits reject 2").Code);
        Assert.Equal(0, shop.As("fin", "credits reject 2 --reason meter-fault").Code);
        Assert.Equal(0, shop.As("fin", "credits reverse 1 --reason given-twice").Code);
        var listed = shop.Do("credits list").Out;
        Assert.Contains("meter-fault", listed);
        Assert.Contains("given-twice", listed);
        Assert.Equal(1, shop.As("fin", "credits reverse 1 --reason again").Code);
        Assert.Equal(1, shop.As("fin", "credits retry 1").Code);
        Assert.Equal(1, shop.As("fin", "credits convert 1").Code);
        Assert.Contains("No credit waits", shop.Do("credits list --state pending").Out);
    }

    [Fact]
    public void Credit_is_undone_by_one_who_asks_and_another_who_confirms()
    {
        shop.Do("users add uta --role finance");
        var asked = shop.As("fin", "credits reverse 1 --reason given-twice");
        Assert.Contains("Credit 1 of 4.99 USD for bea is to be undone.", asked.Out);
        Assert.Contains("Somebody else confirms it:  proactive-care credits confirm 1", asked.Out);
        Assert.Contains(
            "fin asks to undo it: given-twice; another person: credits confirm 1", shop.Do("credits list").Out);
        Assert.Equal("fin", shop.Do("credits list --json").Json[0].GetProperty("undoAskedBy").GetString());
        var own = shop.As("fin", "credits confirm 1");
        Assert.Equal(1, own.Code);
        Assert.Contains("somebody else with the finance role has to confirm it", own.Out);
        Assert.Equal(2, shop.As("uta", "credits decline 1").Code);
        Assert.Equal(0, shop.As("uta", "credits decline 1 --reason it-was-right").Code);
        Assert.Equal(1, shop.As("uta", "credits confirm 1").Code);
        Assert.Equal(0, shop.As("fin", "credits reverse 1 --reason given-twice").Code);
        Assert.Contains("Credit 1 of 4.99 USD for bea is undone.", shop.As("uta", "credits confirm 1").Out);
        Assert.Equal("reversed", shop.Do("credits list --json").Json[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Billing_is_listed_and_answered_by_hand()
    {
        Assert.Contains("Billing has answered everything", shop.Do("refunds list").Out);
        Assert.Equal("[]", shop.Do("refunds list --json").Out.Trim());
        await shop.Work(care => care.Settle());
        var listed = shop.Do("refunds list").Out;
        Assert.Contains("refunds-000001.csv", listed);
        Assert.Contains("1 payment, 4.99 USD; overdue: 0", listed);
        Assert.Contains("--overdue", shop.Do("refunds --help").Out + shop.Do("refunds list --help").Out);
        Assert.Contains("Nothing of that waits", shop.Do("refunds list --overdue").Out);
        shop.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Contains("25 hours, overdue", shop.Do("refunds list --overdue").Out);
        var row = shop.Do("refunds list --json").Json[0];
        Assert.Equal(
            ("refunds-000001.csv", 2, "4.99", true),
            (row.GetProperty("file").GetString(), row.GetProperty("line").GetInt32(),
                row.GetProperty("amount").GetString(), row.GetProperty("overdue").GetBoolean()));

        Assert.Equal(2, shop.As("fin", "refunds answer 1").Code);
        Assert.Equal(2, shop.As("fin", "refunds answer 1 --accepted --rejected").Code);
        Assert.Equal(2, shop.As("fin", "refunds answer 1 --rejected").Code);
        var told = shop.As("fin", "refunds answer 1 2 --accepted --reference B-100");
        Assert.Equal(1, told.Code);
        Assert.Contains("Credit 1 of 4.99 USD for bea is answered as accepted.", told.Out);
        Assert.Contains("Credit 2 still waits to be decided; nothing of it waits for an answer.", told.Out);
        Assert.Equal("B-100", shop.Do("credits list --json").Json[0].GetProperty("reference").GetString());
        Assert.Contains("fin: credit.answer", shop.Do("cases show 1").Out);
    }

    [Fact]
    public void Decisions_need_the_role()
    {
        shop.Do("users add ops --role operator");
        var refused = shop.As("ops", "credits approve 2");
        Assert.Equal(2, refused.Code);
        Assert.Contains("needs the role finance", refused.Error);
        Assert.Equal("pending", shop.Do("credits list --json").Json[1].GetProperty("state").GetString());
    }
}
