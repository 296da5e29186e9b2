namespace ProactiveCare.Tests.Worker;

public sealed class CaseCommandsTests : IDisposable
{
    private readonly Shop shop = new();

    public void Dispose() => shop.Dispose();

    [Fact]
    public void Cases_are_listed_by_job_state_and_customer_and_an_empty_list_is_reported()
    {
        Assert.Contains("no job has found anything yet", shop.Do("cases list").Out);
        shop.Do($"jobs run {Shop.Job}");
        Assert.Equal(2, shop.Do("cases list --json").Json.GetArrayLength());
        var held = Assert.Single(shop.Do($"cases list --job {Shop.Job} --state held --json").Json.EnumerateArray());
        Assert.Equal("cem", held.GetProperty("customerId").GetString());
        Assert.Equal("approval", held.GetProperty("reason").GetString());
        Assert.Contains("There is no such case", shop.Do("cases list --customer cem --state given").Out);
        Assert.Equal(1, shop.Desk.Run("cases list --job nothing").Code);
    }

    [Fact]
    public void Explain_uses_the_companys_time_and_UTC_in_JSON()
    {
        shop.Desk.File("appsettings.json", """{ "Company": { "TimeZone": "Europe/Vienna" } }""");
        shop.Do($"jobs run {Shop.Job}");
        Assert.Contains("on 2026-03-14 19:05 CET", shop.Do("cases explain 1").Out);
        Assert.Contains("2026-03-14T18:05:00Z", shop.Do("cases explain 1 --json").Out);
        Assert.Contains("Arrival", shop.Do("cases explain --customer bea --at 2026-03-14T18:00:00Z").Out);
        var earlier = shop.Do("cases explain --customer bea --at 2026-02-01T00:00:00Z").Out;
        Assert.Contains("Nothing was paid or sent", earlier);
        Assert.Equal(2, shop.Desk.Run("cases explain").Code);
        Assert.Equal(2, shop.Desk.Run("cases explain 1 --customer bea").Code);
        Assert.Equal(1, shop.Desk.Run("cases explain 77").Code);
    }

    [Fact]
    public void Case_shows_everything_that_belongs_to_it()
    {
        shop.Do($"jobs run {Shop.Job}");
        var json = shop.Do("cases show 2 --json").Json;
        Assert.Equal("hold", json.GetProperty("decisions")[0].GetProperty("outcome").GetString());
        Assert.Equal("19.99", json.GetProperty("decisions")[0].GetProperty("pays").GetProperty("amount").GetString());
        Assert.Equal(1, json.GetProperty("credits").GetArrayLength());
        Assert.Equal("held", json.GetProperty("notices")[0].GetProperty("event").GetString());
        var words = shop.Do("cases show 2").Out;
        Assert.Contains("credit     2: 19.99 USD, refund, pending (approval)", words);
    }

    [Fact]
    public void Replay_reproduces_the_recorded_decisions()
    {
        Assert.Contains("no decision", shop.Do("cases replay").Out);
        shop.Do($"jobs run {Shop.Job}");
        Assert.Contains("Replayed 2 decisions: all", shop.Do("cases replay").Out);
        Assert.Equal(1, shop.Do("cases replay 2 --json").Json.GetProperty("replayed").GetInt64());
    }
}
