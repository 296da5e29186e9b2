using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>One cluster after another: each works under load and faults, becomes idle, and is checked.</summary>
internal sealed class ClusterRounds(int workers, int seed, Action<string> say)
{
    /// <summary>The number of faults injected before a cluster may become idle.</summary>
    public const int RoundsOfACluster = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly List<string> Trouble = [" ERROR ", "unhandled"];

    private readonly Random random = new(seed);

    public ClusterTally Tally { get; } = new();

    /// <summary>The time in which nodes must take over what the last faults left.</summary>
    public TimeSpan Watch { get; init; } = Tormentor.Patience;

    /// <summary>Injects so many faults, in clusters of which every other has budgets that run out.</summary>
    public async Task Run(int rounds)
    {
        await using var server = await DoomedServer.Start();
        for (var (done, number) = (0, 1); done < rounds; number++)
        {
            var most = Math.Min(RoundsOfACluster, rounds - done);
            await using var cluster = await Cluster.Open(
                await server.Database($"care{number}"), workers, scarce: number % 2 == 1);
            await Live(server, cluster, most);
            done += most;
            Tally.Add("rounds", most);
            say($"{DateTime.UtcNow:HH:mm:ss} {done} rounds, {Tally.Problems.Count} problems");
        }
    }

    private async Task Live(DoomedServer server, Cluster cluster, int rounds)
    {
        using var evening = new CancellationTokenSource();
        var coming = cluster.Load.Come(evening.Token);
        await new Tormentor(server, cluster, random, Tally) { Say = say }.Torment(rounds, Watch);
        await evening.CancelAsync();
        // Restart absent workers first: others may be waiting for them.
        var settling = cluster.Settle(Patience);
        await coming;
        await settling;
        var moves = await cluster.Settle(Patience);
        if (moves.Length > 0) Tally.Problems.Add("It does not come to rest: " + moves);
        await Task.WhenAll(cluster.Nodes.Select(node => node.Stop()));
        await Judge(cluster);
        Count(cluster);
    }

    private async Task Judge(Cluster cluster)
    {
        Tally.Problems.AddRange(cluster.Nodes.SelectMany(node => node.Problems));
        Tally.Problems.AddRange(Invariants.Broken(cluster.Desk.Folder));
        Tally.Problems.AddRange(cluster.Look(db => OutsideWorld.Broken(db, cluster.Relay, cluster.Billing)));
        Tally.Problems.AddRange(cluster.Look(db => ClusterOutcome.Wrong(db, cluster.Load, cluster.Relay)));
        foreach (var verb in (string[])["ledger check", "db check"])
        {
            var told = await cluster.Desk.Type(verb);
            if (told.Code != 0) Tally.Problems.Add($"{verb}: {told.Out} {told.Error}");
        }
    }

    private void Count(Cluster cluster)
    {
        Tally.Add("customers acknowledged", cluster.Load.Acknowledged.Count);
        Tally.Add("customers due something",
            cluster.Load.Acknowledged.Count(customer => ClusterLoad.Due(customer) is not null));
        Tally.Add("asked again, for want of an answer", cluster.Load.Again);
        Tally.Add("mails taken by the relay", cluster.Relay.Mails);
        Tally.Add("refunds paid by billing", cluster.Billing.Paid.Count);
        Tally.Add("attempts counted as uncertain", cluster.Look(OutsideWorld.Uncertain));
        Tally.Add("mails that came again for that", cluster.Look(db => OutsideWorld.Doubled(db, cluster.Relay)));
        Tally.Add("started while there was no server", cluster.Nodes.Sum(node => node.Refusals));
        foreach (var line in cluster.Nodes.SelectMany(node => node.Said).Where(line =>
            Trouble.Exists(word => line.Contains(word, StringComparison.Ordinal))))
        {
            var said = line.Length > 21 && char.IsAsciiDigit(line[0]) ? line[21..] : line;
            if (Tally.Complaints.Count < 40) Tally.Complaints.Add(said[..Math.Min(said.Length, 300)]);
        }
    }
}
