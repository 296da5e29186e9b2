using System.Data.Common;
using Dapper;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// Injects a fault into a cluster every few seconds, drawn from a seed: kills a worker and starts it again,
/// pauses one for longer than its leases, kills the server, ends connections.
/// </summary>
internal sealed class Tormentor(DoomedServer server, Cluster cluster, Random random, ClusterTally tally)
{
    private static readonly string[] Deck = ["kill", "end", "kill", "pause", "kill", "crash"];
    // Longer than the leases of runs and of mails.
    private static readonly TimeSpan Beyond = TimeSpan.FromSeconds(33);
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Queue<string> drawn = new();
    private readonly List<Killed> killed = [];
    private TimeSpan away;
    private int acts;

    /// <summary>Gets each fault as text.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>Injects so many faults, and watches until the interrupted work is taken over.</summary>
    /// <param name="rounds">How many times.</param>
    /// <param name="watch">How long to watch, and how long a worker stays away whose work nobody takes over.</param>
    public async Task Torment(int rounds, TimeSpan watch)
    {
        away = watch;
        for (var i = 0; i < rounds; i++)
        {
            await Watch(TimeSpan.FromSeconds(2 + random.NextDouble() * 3), () => false);
            acts++;
            await Act(Draw());
        }
        await Watch(watch, () => killed.Count == 0 && cluster.Nodes.TrueForAll(node => node.Works));
        tally.Add("not yet taken over when the torment ended", killed.Count);
    }

    private string Draw()
    {
        if (drawn.Count == 0)
        {
            var deck = Deck.ToArray();
            random.Shuffle(deck);
            foreach (var act in deck) drawn.Enqueue(act);
        }
        return drawn.Dequeue();
    }

    private async Task Act(string act)
    {
        switch (act)
        {
            case "kill":
                await Kill();
                break;
            case "pause" when Working() is { } node:
                tally.Add("paused beyond its leases");
                Say($"{node.Name} is paused");
                node.Pause(Beyond + TimeSpan.FromSeconds(random.Next(5)));
                break;
            case "crash":
                tally.Add("server crashes");
                Say("the server crashes");
                await server.Crash();
                await Watch(TimeSpan.FromSeconds(random.NextDouble() * 3), () => false);
                await server.Restart();
                break;
            case "end":
                var ended = 0;
                // A restarted server has few connections at first.
                await Watch(
                    TimeSpan.FromSeconds(10), () => (ended += server.EndBackends(cluster.Database, random)) > 2);
                tally.Add("connections ended", ended);
                break;
        }
    }

    private ClusterNode? Working()
    {
        var all = cluster.Nodes.Where(node => node.Works).ToList();
        return all.Count == 0 ? null : all[random.Next(all.Count)];
    }

    // Prefer the node that holds the firing of a job; after a while take any.
    private async Task Kill()
    {
        // The last working node is spared, to take over.
        await Watch(Patience, () => cluster.Nodes.Count(node => node.Works) > 1);
        Held? held = null;
        await Watch(TimeSpan.FromSeconds(3), () => (held = cluster.TryLook(All)?.Find(Works)) is not null);
        var victim = cluster.Nodes.Find(node => node.Name == held?.Node) ?? Working();
        if (victim is null) return;
        tally.Add("killed");
        await victim.Kill(victim.Name == held?.Node ? away : TimeSpan.FromSeconds(4));
        Say($"{victim.Name} is killed; held was {held}");
        if (held is null || victim.Name != held.Node) return;
        tally.Add(held.Run ? "killed while it held a run" : "killed while it held a firing");
        killed.Add(new Killed(victim, held.Job, held.Run, TimeProvider.System.Now().ToUnixTimeMilliseconds(), acts));
    }

    private bool Works(Held held) => cluster.Nodes.Exists(node => node.Name == held.Node && node.Works);

    private static List<Held> All(DbConnection db) => db.Query<Held>(
        """
        SELECT node, job_id AS job, TRUE AS run FROM run
        WHERE state = 'stored' AND lease_until_at > @now AND node IS NOT NULL
        UNION ALL SELECT s.node, job_id, TRUE FROM run_shard s JOIN run USING (run_id)
        WHERE state = 'staged' AND s.lease_until_at > @now AND s.node IS NOT NULL
        UNION ALL SELECT instance_name, job_name, FALSE FROM qrtz_fired_triggers WHERE job_name IS NOT NULL
        ORDER BY 3 DESC
        """,
        new { now = TimeProvider.System.Now() }).AsList();

    // While waiting, restart workers and record which node resumes which job.
    private async Task Watch(TimeSpan time, Func<bool> over)
    {
        var until = DateTime.UtcNow + time;
        do
        {
            foreach (var node in cluster.Nodes) node.Tend();
            foreach (var gone in killed.ToList()) Notice(gone);
            if (over()) return;
            await Task.Delay(100);
        }
        while (DateTime.UtcNow < until);
    }

    // The dead node commits nothing, so later commits are those of another.
    private void Notice(Killed gone)
    {
        var at = cluster.TryLook(db => db.ExecuteScalar<long?>(
            """
            SELECT MIN(at) FROM (
              SELECT started_at AS at FROM run WHERE job_id = @Job
              UNION ALL SELECT finished_at FROM run WHERE job_id = @Job) AS commits
            WHERE at > @At
            """,
            gone));
        if (at is not { } taken) return;
        killed.Remove(gone);
        var took = TimeSpan.FromMilliseconds(taken - gone.At);
        Say($"{gone.Job} is taken over from {gone.Node.Name} after {took}");
        if (took >= Patience) tally.Problems.Add($"Nobody took {gone.Job} over while {gone.Node.Name} was away.");
        tally.TakeOvers.Add(new(took, gone.Run, acts == gone.Act));
        gone.Node.Return();
    }

    private sealed record Held(string Node, string Job, bool Run);

    private sealed record Killed(ClusterNode Node, string Job, bool Run, long At, int Act);
}
