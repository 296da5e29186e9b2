namespace ProactiveCare.PowerLoss;

/// <summary>The writes without an fsync that a disk keeps.</summary>
internal enum Keeps
{
    /// <summary>All: as if the process alone had died.</summary>
    All,

    /// <summary>None.</summary>
    Nothing,

    /// <summary>Each write by itself: whole, not at all, or torn at sector borders.</summary>
    Some,
}

/// <summary>In which order a file system makes names durable.</summary>
internal enum Order
{
    /// <summary>
    /// As ext4's journal does: changes of names become durable in their order, all of them with any fsync.
    /// </summary>
    Journal,

    /// <summary>
    /// As POSIX promises and no more: each change of names by itself, durable with an fsync of its folder alone.
    /// </summary>
    Loose,
}

/// <summary>The files of an image by their path below the recorded folder, and its folders.</summary>
internal sealed record Image(IReadOnlyDictionary<string, byte[]> Files, IReadOnlyCollection<string> Folders);

/// <summary>
/// A disk on which a recording is played: it knows what must be there whatever happens, and what may be.
/// </summary>
internal sealed class Disk
{
    private readonly Dictionary<int, Platter> files = [];
    private readonly Dictionary<Order, Names> names = new()
    {
        [Order.Journal] = new Names(Order.Journal),
        [Order.Loose] = new Names(Order.Loose),
    };

    /// <summary>Plays one operation.</summary>
    public void Play(Op op)
    {
        switch (op)
        {
            case Write write:
                Of(write.File).Pending.Add(write);
                break;
            case Truncate truncate:
                Of(truncate.File).Pending.Add(truncate);
                break;
            case SyncFile sync:
                Of(sync.File).Sync();
                names[Order.Journal].SyncAll();
                break;
            case SyncFailed sync:
                Of(sync.File).Pending.Clear();
                break;
            case SyncFolder sync:
                names[Order.Journal].SyncAll();
                names[Order.Loose].Sync(sync.Folder);
                break;
            case Naming naming:
                foreach (var each in names.Values) each.Change(naming);
                break;
        }
    }

    /// <summary>One of the states in which a power loss at this moment may leave the disk.</summary>
    public Image Lose(Order order, Keeps keeps, Random random)
    {
        var (entries, folders) = names[order].Lose(keeps, random);
        var luck = new Luck(keeps, random);
        return new Image(
            entries.ToDictionary(entry => entry.Key, entry => Of(entry.Value).Lose(luck), StringComparer.Ordinal),
            folders);
    }

    private Platter Of(int file)
    {
        if (!files.TryGetValue(file, out var found)) files[file] = found = new Platter();
        return found;
    }
}
