using Dapper;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Worker;

public sealed class NoticeCommandsTests : IDisposable
{
    private readonly Shop shop = new();

    public void Dispose() => shop.Dispose();

    [Fact]
    public async Task Operator_resolves_uncertain_notices_and_no_others()
    {
        shop.Do($"jobs run {Shop.Job}");
        // A command does not send where workers share the database.
        await shop.Work(product => product.RunOnce(CancellationToken.None));
        Doubt();
        var unsure = Number("uncertain");

        Assert.Equal(2, shop.As("fin", $"notices resolve {unsure} --arrived --reason log").Code);
        Assert.Equal(2, shop.Desk.Run($"notices resolve {unsure} --arrived --send-again --reason log").Code);
        Assert.Equal(2, shop.Desk.Run($"notices resolve {unsure} --arrived").Code);
        var done = shop.Do($"notices resolve {unsure} --arrived --reason log");
        Assert.Contains($"Notice {unsure} counts as sent.", done.Out);
        Assert.Equal(0, shop.Do("notices list --state uncertain --json").Json.GetArrayLength());
        var told = shop.Desk.Run($"notices resolve {unsure} 999 --arrived --reason log");
        Assert.Equal(1, told.Code);
        Assert.Contains($"Notice {unsure} is sent: only what is uncertain", told.Out);
        Assert.Contains("There is no notice 999", told.Out);
        Doubt();
        Assert.True(shop.Do($"notices resolve {unsure} --send-again --reason log --json").Json[0]
            .GetProperty("done").GetBoolean());
    }

    private long Number(string state) =>
        shop.Do($"notices list --state {state} --json").Json[0].GetProperty("noticeId").GetInt64();

    private void Doubt()
    {
        using var store = Store.Open(shop.Desk.Folder, TimeProvider.System);
        store.Write(db => db.Execute(
            """
            UPDATE notice SET state = 'uncertain', sent_at = NULL, reason = 'waits for a person'
            WHERE notice_id = (SELECT max(notice_id) FROM notice WHERE state = 'sent')
            """)).GetAwaiter().GetResult();
    }
}
