using System.Collections.Concurrent;

namespace ProactiveCare.PowerLoss;

/// <summary>The number of images, the seed that draws them, and what they keep.</summary>
/// <param name="Images">How many.</param>
/// <param name="Seed">The same seed draws the same images of the same recording.</param>
/// <param name="GoOnEvery">In one of so many images the company goes on to the end of its day.</param>
/// <param name="AsNormal">
/// Whether the log's fsync at each commit is dropped, as <c>synchronous = NORMAL</c> would.
/// </param>
/// <param name="Workers">How many images are examined at once.</param>
internal sealed record Plan(int Images, int Seed, int GoOnEvery = 8, bool AsNormal = false, int Workers = 2);

/// <summary>The counts of all images.</summary>
internal sealed class Outcome
{
    private int images, wentOn, lost, wrong, uncertain;

    public int Images => images;

    public int WentOn => wentOn;

    public int Lost => lost;

    public int Wrong => wrong;

    public int Uncertain => uncertain;

    public ConcurrentQueue<string> Problems { get; } = new();

    public void Count(bool andOn, bool isLost, int unknown, IReadOnlyList<string> problems, string which)
    {
        Interlocked.Increment(ref images);
        if (andOn) Interlocked.Increment(ref wentOn);
        if (isLost) Interlocked.Increment(ref lost);
        if (problems.Count > 0) Interlocked.Increment(ref wrong);
        Interlocked.Add(ref uncertain, unknown);
        foreach (var problem in problems.Take(5)) Problems.Enqueue($"{which}: {problem}");
    }
}

/// <summary>Plays a recording up to many moments and examines what a power loss leaves at each.</summary>
internal static class Rounds
{
    public static Outcome Run(
        Recording recording, IReadOnlyList<Hour> hours, Plan plan, Action<Outcome>? progress = null)
    {
        var outcome = new Outcome();
        var shm = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var place = Directory.CreateDirectory(Path.Combine(shm, "power-loss-" + Guid.NewGuid().ToString("n"))).FullName;
        try
        {
            var images = Partitioner.Create(
                Images(recording, plan), EnumerablePartitionerOptions.NoBuffering);
            Parallel.ForEach(images, new ParallelOptions { MaxDegreeOfParallelism = plan.Workers }, each =>
            {
                Examine(each, Path.Combine(place, "i" + each.Number), (recording, hours, plan), outcome);
                progress?.Invoke(outcome);
            });
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
        return outcome;
    }

    private static void Examine(
        Drawn drawn, string root, (Recording Recording, IReadOnlyList<Hour> Hours, Plan Plan) with, Outcome outcome)
    {
        Put(drawn.Image, root);
        var andOn = drawn.Number % with.Plan.GoOnEvery == 0;
        var said = new Said();
        foreach (var mark in with.Recording.Ops.Take(drawn.Cut).OfType<Mark>()) said.Take(mark.Text);
        var examination = new Examination(root, with.Hours, said, with.Recording);
        var problems = new List<string>();
        try
        {
            examination.Look(andOn);
        }
        catch (Exception e)
        {
            problems.Add($"{e.GetType().Name}: {e.Message}");
        }
        problems.AddRange(examination.Problems);
        outcome.Count(andOn, examination.Lost || problems.Count > examination.Problems.Count, examination.Uncertain,
            problems, $"image {drawn.Number} (cut {drawn.Cut}, {drawn.Order}, {drawn.Keeps})");
        Directory.Delete(root, recursive: true);
    }

    private static IEnumerable<Drawn> Images(Recording recording, Plan plan)
    {
        var random = new Random(plan.Seed);
        var cuts = Enumerable.Range(0, plan.Images).Select(_ => random.Next(recording.Ops.Count + 1)).Order();
        var logs = Files(recording, "-wal");
        var databases = Files(recording, ".db");
        var (disk, played, number) = (new Disk(), 0, 0);
        foreach (var cut in cuts)
        {
            for (; played < cut; played++)
                if (!plan.AsNormal || !IsCommit(recording.Ops, (logs, databases), played))
                    disk.Play(recording.Ops[played]);
            var order = number % 2 == 0 ? Order.Journal : Order.Loose;
            var keeps = random.Next(8) switch { 0 => Keeps.All, 1 or 2 => Keeps.Nothing, _ => Keeps.Some };
            yield return new Drawn(number++, cut, order, keeps, disk.Lose(order, keeps, random));
        }
    }

    // A checkpoint syncs the log and then writes into the database; every other sync of a log is a commit's.
    private static bool IsCommit(IReadOnlyList<Op> ops, (HashSet<int> Logs, HashSet<int> Databases) files, int at) =>
        ops[at] is SyncFile sync && files.Logs.Contains(sync.File)
        && !(ops.Skip(at + 1).OfType<Write>().FirstOrDefault() is { } next && files.Databases.Contains(next.File));

    private static HashSet<int> Files(Recording recording, string ending) =>
        recording.Ops.OfType<Naming>().Where(name => name.To?.EndsWith(ending, StringComparison.Ordinal) == true)
            .Select(name => name.File).ToHashSet();

    // The index of the log is shared memory; locks and sockets are of no process any more.
    private static void Put(Image image, string root)
    {
        Directory.CreateDirectory(root);
        foreach (var folder in image.Folders.Order(StringComparer.Ordinal))
            Directory.CreateDirectory(Path.Combine(root, folder));
        foreach (var (name, bytes) in image.Files)
            if (name != Trace.Marks && !name.EndsWith("-shm", StringComparison.Ordinal))
                File.WriteAllBytes(Path.Combine(root, name), bytes);
    }

    private sealed record Drawn(int Number, int Cut, Order Order, Keeps Keeps, Image Image);
}
