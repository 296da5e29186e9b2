namespace ProactiveCare.Tests.Worker;

/// <summary>The verb <c>run</c> in this process, until it is stopped.</summary>
public sealed class RunningWorker : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task<Told> running;

    private readonly Speech speech = new();

    private RunningWorker(Desk desk) =>
        running = Task.Run(() => desk.Type("run", heard: speech, stop: stop.Token));

    public static async Task<RunningWorker> Start(Desk desk)
    {
        var worker = new RunningWorker(desk);
        await Until(() => worker.running.IsCompleted || worker.speech.Said);
        if (worker.running.IsCompleted) Assert.Fail((await worker.running).Error);
        return worker;
    }

    /// <summary>The exit code and output of the ended worker.</summary>
    public Task<Told> Ended => running;

    public async Task<Told> Stop()
    {
        await stop.CancelAsync();
        return await running;
    }

    public void Dispose()
    {
        stop.Dispose();
        speech.Dispose();
    }

    public static async Task Until(Func<bool> so)
    {
        for (var i = 0; i < 600 && !so(); i++) await Task.Delay(50);
        Assert.True(so(), "It did not happen within 30 seconds.");
    }

    /// <summary>Its output; the first flush means that the worker has started.</summary>
    private sealed class Speech : StringWriter
    {
        private volatile bool said;

        public bool Said => said;

        public override void Flush() => said = true;
    }
}
