using System.Diagnostics;
using ProactiveCare.Payments;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker;

/// <summary>An operation that makes something due has it done at once by the worker that did the operation.</summary>
public sealed class WakingTests : IDisposable
{
    private readonly Shop shop = new();

    public void Dispose() => shop.Dispose();

    [Fact]
    public async Task Approved_credit_is_settled_by_the_woken_worker()
    {
        shop.Do($"jobs run {Shop.Job}");
        shop.Do($"users add me --os-user {OsUsers.Current} --role finance");
        shop.Desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        shop.Desk.Clock = TimeProvider.System;
        using var worker = await RunningWorker.Start(shop.Desk);
        using var store = Store.OpenReadOnly(shop.Desk.Folder);
        // The first pass is over, and the next would come a minute later.
        await RunningWorker.Until(() => Count(CreditState.Approved) == 0);
        var pending = store.Read(db => Credits.List(db, CreditState.Pending)).Single();

        var approved = await shop.Desk.Type($"credits approve {pending.Id}");
        Assert.True(approved.Code == 0, approved.Out + approved.Error);
        var watch = Stopwatch.StartNew();
        await RunningWorker.Until(() => Count(CreditState.Approved) + Count(CreditState.Pending) == 0);
        // Without waking, settlement would come up to a minute later.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
        await worker.Stop();

        int Count(CreditState state) => store.Read(db => Credits.List(db, state)).Count;
    }
}
