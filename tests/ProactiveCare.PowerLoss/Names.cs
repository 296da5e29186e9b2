namespace ProactiveCare.PowerLoss;

/// <summary>The names of files and folders: those that are surely on the disk, and the changes since.</summary>
internal sealed class Names(Order order)
{
    private readonly State durable = new([], []);
    private readonly List<Naming> pending = [];

    public void Change(Naming change) => pending.Add(change);

    public void SyncAll()
    {
        foreach (var change in pending) durable.Apply(change);
        pending.Clear();
    }

    public void Sync(string folder)
    {
        foreach (var change in pending.Where(change => Touches(change, folder))) durable.Apply(change);
        pending.RemoveAll(change => Touches(change, folder));
    }

    public (IReadOnlyDictionary<string, int> Files, IReadOnlyCollection<string> Folders) Lose(
        Keeps keeps, Random random)
    {
        var left = new State(new(durable.Files, StringComparer.Ordinal), new(durable.Folders, StringComparer.Ordinal));
        var upto = random.Next(pending.Count + 1);
        foreach (var (index, change) in pending.Index())
        {
            var kept = keeps switch
            {
                Keeps.All => true,
                Keeps.Nothing => false,
                _ => order == Order.Journal ? index < upto : random.Next(2) == 0,
            };
            if (kept) left.Apply(change);
        }
        // Files of a missing folder are missing.
        return (left.Files.Where(file => left.Has(Parent(file.Key))).ToDictionary(StringComparer.Ordinal),
            left.Folders);
    }

    private static bool Touches(Naming change, string folder) =>
        (change.From is { } from && Parent(from) == folder) || (change.To is { } to && Parent(to) == folder);

    private static string Parent(string path) => Path.GetDirectoryName(path)!;

    private sealed record State(Dictionary<string, int> Files, HashSet<string> Folders)
    {
        public bool Has(string folder) =>
            folder.Length == 0 || (Folders.Contains(folder) && Has(Parent(folder)));

        public void Apply(Naming change)
        {
            if (change.Kind == NamingKind.MakeFolder)
            {
                Folders.Add(change.To!);
                return;
            }
            if (change.From is { } from && Files.TryGetValue(from, out var there) && there == change.File)
                Files.Remove(from);
            if (change.To is { } to) Files[to] = change.File;
        }
    }
}
