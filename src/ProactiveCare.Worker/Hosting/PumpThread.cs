using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The thread that commits all writes. It ends last, when the store closes.</summary>
internal sealed class PumpThread(Store store) : IHostedService
{
    private readonly Thread thread = new(() =>
    {
        while (store.WaitAndStep())
        {
        }
    }) { Name = "store pump", IsBackground = true };

    public bool Alive => thread.IsAlive;

    public void Start() => thread.Start();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
