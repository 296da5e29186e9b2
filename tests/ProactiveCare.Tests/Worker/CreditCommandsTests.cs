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
        Assert.Contains("No credit waits", shop.Do("credits list --state pending").Out);
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
