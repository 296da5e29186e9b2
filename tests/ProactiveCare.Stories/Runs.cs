using System.Collections.Concurrent;

namespace ProactiveCare.Stories;

/// <summary>Lives through many stories on one kind of database.</summary>
internal sealed class Runs : IDisposable
{
    /// <summary>The variable that names the server, as for the tests.</summary>
    public const string Variable = "PROACTIVE_CARE_TEST_POSTGRES";

    // Each is lived through many times to make it shorter; a few are enough.
    private const int MostFailures = 5;
    private readonly Rooms rooms;

    private Runs(string? server)
    {
        rooms = new Rooms(server, Company.Prepare);
        Database = server is null ? "SQLite" : "PostgreSQL";
    }

    public string Database { get; }

    /// <summary>The states reached by the stories until now.</summary>
    public Tally Tally => rooms.Tally;

    /// <summary>On the server of the environment, where it names one.</summary>
    public static Runs Here() =>
        new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server ? server : null);

    /// <summary>Lives through so many stories from a seed on, until some have failed.</summary>
    public IReadOnlyList<Failure> Many(int count, int seed, Action progress, int workers = 2)
    {
        var failures = new ConcurrentBag<Failure>();
        Parallel.ForEach(
            Partitioner.Create(Enumerable.Range(seed, count), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = workers }, (each, state) =>
            {
                if (Story.Tell(rooms, each) is { } failure) failures.Add(failure);
                if (failures.Count >= MostFailures) state.Stop();
                progress();
            });
        return [.. failures.OrderBy(failure => failure.Seed)];
    }

    /// <summary>Lives through one story, and says what its steps were.</summary>
    public Failure? Tell(int seed, Action<string> say)
    {
        foreach (var step in Step.Draw(seed)) say($"  {step}");
        return Story.Tell(rooms, seed);
    }

    /// <summary>The first story that finds a planted fault; null when none of so many does.</summary>
    public Failure? Find(Plant plant, int seed, int most) =>
        Enumerable.Range(seed, most).Select(each => Story.Tell(rooms, each, plant)).FirstOrDefault(f => f is not null);

    public void Dispose() => rooms.Dispose();
}
