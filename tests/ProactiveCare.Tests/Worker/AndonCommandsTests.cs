namespace ProactiveCare.Tests.Worker;

public sealed class AndonCommandsTests : IDisposable
{
    private readonly Shop shop = new();

    public void Dispose() => shop.Dispose();

    [Fact]
    public void Pulled_andon_holds_all_credits_and_its_release_reports_the_amount()
    {
        Assert.Equal(0, shop.As("fin", $"andon pull {Shop.Job} --reason wrong-amounts").Code);
        Assert.Equal("andon", shop.Do("jobs list --json").Json[0].GetProperty("state").GetString());
        shop.Do($"jobs run {Shop.Job}");
        Assert.All(
            shop.Do("credits list --json").Json.EnumerateArray(),
            credit => Assert.Equal("andon", credit.GetProperty("holdReason").GetString()));
        Assert.Equal(2, shop.As("fin", $"andon release {Shop.Job} --reason fixed").Code);
        var released = shop.Do($"andon release {Shop.Job} --reason fixed").Out;
        Assert.Contains("2 credits that it held, 24.98 USD, are released", released);
        Assert.Equal(2, shop.Desk.Run($"andon release {Shop.Job} --reason fixed").Code);
    }

    [Theory]
    [InlineData("andon pull nothing --reason x", 1, "There is no job nothing")]
    [InlineData("andon pull slow-video-stream", 2, "--reason")]
    public void Andon_needs_a_job_and_a_reason(string command, int code, string words)
    {
        var told = shop.Desk.Run(command);
        Assert.Equal(code, told.Code);
        Assert.Contains(words, told.Error);
    }
}
