using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>Watches this machine's clock and what clocks have left in the database.</summary>
/// <param name="store">The store.</param>
/// <param name="noticeLease">The lease of a notice that is under way.</param>
/// <param name="time">The clock.</param>
internal sealed class ClockWatch(Store store, Duration noticeLease, TimeProvider time)
{
    // Leases end by the nodes' own clocks, and Quartz's grace for a silent node is at most twice this.
    private static readonly Duration Apart = Duration.FromSeconds(1);

    /// <summary>The present.</summary>
    public Instant Now => time.Now();

    /// <summary>Whether this machine's clock agrees with that of the server which nodes share.</summary>
    public bool Holds() => IsSmall(DatabaseCheck.ClockAhead(store, time));

    /// <summary>Compares the clocks, and mends what one that was ahead left behind.</summary>
    /// <exception cref="StorageException">A clock is wrong, or was: the message says which.</exception>
    public async Task Check()
    {
        Compare();
        await store.Write(db => ClockCheck.Mend(db, noticeLease, Now));
        if (store.Read(db => ClockCheck.LastAhead(db, Now)) is { } ahead)
            throw new StorageException(
                $"Runs ended up to {ahead.Iso()}, which is yet to come: a clock was ahead, or this machine's is "
                + "behind. Triggers and leases are set anew, and jobs go on; keep clocks right with NTP.");
    }

    /// <summary>Compares this machine's clock with that of the server which nodes share.</summary>
    /// <exception cref="StorageException">They are too far apart.</exception>
    public void Compare()
    {
        var ahead = DatabaseCheck.ClockAhead(store, time);
        if (IsSmall(ahead)) return;
        var apart = Math.Abs(ahead.TotalSeconds).ToString("0.0 s ", CultureInfo.InvariantCulture)
            + (ahead > Duration.Zero ? "ahead of" : "behind");
        throw new StorageException(
            $"This machine's clock is {apart} the database server's. "
            + "Nodes take each other for dead by their clocks: keep all of them right within a second, with NTP for "
            + "instance.");
    }

    private static bool IsSmall(Duration ahead) => Duration.Max(ahead, -ahead) <= Apart;
}
