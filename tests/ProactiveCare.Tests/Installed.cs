using ProactiveCare.Storage;

namespace ProactiveCare.Tests;

/// <summary>An installation in a temporary folder, with a clock that is moved by hand.</summary>
public sealed class Installed : IDisposable
{
    private Store? store;

    public Installed(string now = "2026-03-14T12:00:00Z")
        : this(now, TestDatabase.In(Somewhere()))
    {
    }

    private Installed(string now, DataFolder folder)
    {
        (Clock, Folder) = (new StandingClock(now), folder);
        Installation.Create(Folder, simulated: true, Clock, new Random(1));
    }

    /// <summary>An installation in SQLite's file, whatever the other tests run on.</summary>
    public static Installed InFile() => new("2026-03-14T12:00:00Z", new DataFolder(Somewhere()));

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

    private static string Somewhere() => Path.Combine(Path.GetTempPath(), "pc-" + Guid.NewGuid().ToString("n"));

    public void Dispose()
    {
        Reopen();
        TestDatabase.Delete(Folder);
    }
}

public sealed class StandingClock(string now) : TimeProvider
{
    private DateTimeOffset now = Time.Parse(now).ToDateTimeOffset();

    public override DateTimeOffset GetUtcNow() => now;

    public void Set(string instant) => now = Time.Parse(instant).ToDateTimeOffset();

    public void Advance(TimeSpan by) => now += by;
}
