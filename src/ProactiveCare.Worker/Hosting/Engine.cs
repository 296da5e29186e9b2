using ProactiveCare.Notices;
using ProactiveCare.Worker.Settings;
using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Binds the product's features to the worker's rhythm.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private readonly IMailTransport mail;

    public Engine(Hosted hosted, TimeProvider time, Random random)
    {
        var notices = hosted.Settings.Notices;
        mail = NoticeSection.Transport(notices, time);
        var delivery = new Delivery(
            hosted.Store, mail, new NoticeRenderer(notices, StoredWords.Of(hosted.Store)), time, random);
        Loops = new WorkerLoops
        {
            ActiveJobs = () => [],
            RunJob = (_, _) => Task.CompletedTask,
            ReloadJobs = _ => Task.CompletedTask,
            Chores = [new Chore("delivery", TimeSpan.FromSeconds(2), stop => Deliver(delivery, stop))],
            MailGoes = NoticeSection.Way(notices),
        };
    }

    public WorkerLoops Loops { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var chore in Loops.Chores) chore.Dispose();
        await mail.DisposeAsync();
    }

    private static async Task<bool> Deliver(Delivery delivery, CancellationToken stop)
    {
        var counts = await delivery.Step(stop);
        if (counts.RelayTrouble is { } trouble) throw new IOException($"The mail relay is in trouble: {trouble}");
        return counts.Sent > 0;
    }
}
