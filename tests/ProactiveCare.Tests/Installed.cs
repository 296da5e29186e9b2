using ProactiveCare.Storage;

namespace ProactiveCare.Tests;

/// <summary>An installation in a temporary folder, with a clock that stands until it is moved.</summary>
public sealed class Installed : IDisposable
{
    private Store? store;

    public Installed(string now = "2026-03-14T12:00:00Z")
    {
        Clock = new StandingClock(now);
        Folder = new DataFolder(Path.Combine(Path.GetTempPath(), "pc-" + Guid.NewGuid().ToString("n")));
        Installation.Create(Folder, simulated: true, Clock, new Random(1));
    }

    public DataFolder Folder { get; }

    public StandingClock Clock { get; }

    public Store Store => store ??= Store.Open(Folder, Clock);

    public T Write<T>(Func<System.Data.Common.DbConnection, T> work) => Store.Write(work).GetAwaiter().GetResult();

    public void Write(Action<System.Data.Common.DbConnection> work) => Store.Write(work).GetAwaiter().GetResult();

    public T Read<T>(Func<System.Data.Common.DbConnection, T> query) => Store.Read(query);

    public void Reopen()
    {
        store?.Dispose();
        store = null;
    }

    public void Dispose()
    {
        Reopen();
        Directory.Delete(Folder.Path, recursive: true);
    }
}

public sealed class StandingClock(string now) : TimeProvider
{
    private DateTimeOffset now = Time.Parse(now).ToDateTimeOffset();

    public override DateTimeOffset GetUtcNow() => now;

    public void Set(string instant) => now = Time.Parse(instant).ToDateTimeOffset();

    public void Advance(TimeSpan by) => now += by;
}
