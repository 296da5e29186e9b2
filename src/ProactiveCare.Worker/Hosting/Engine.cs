using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Worker.Hosting;

/// <summary>Binds the product's features to the worker's rhythm.</summary>
internal sealed class Engine : IDisposable
{
    public Engine(Hosted hosted, TimeProvider time, Random random)
    {
        Loops = new WorkerLoops
        {
            ActiveJobs = () => [],
            RunJob = (_, _) => Task.CompletedTask,
            ReloadJobs = _ => Task.CompletedTask,
            Chores = [],
            MailGoes = hosted.Settings.Data + time + random,
        };
    }

    public WorkerLoops Loops { get; }

    public void Dispose()
    {
        foreach (var chore in Loops.Chores) chore.Dispose();
    }
}
