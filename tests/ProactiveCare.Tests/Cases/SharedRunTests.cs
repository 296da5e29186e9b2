using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Cases;

/// <summary>Nodes that share a database decide a run together, and each finding once.</summary>
public sealed class SharedRunTests
{
    [Fact]
    public async Task Two_nodes_at_the_same_job_decide_each_finding_once_within_one_budget()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Watch(customers: 5000, films: 1);

        await Task.WhenAll(Task.Run(() => Work(nodes.A)), Task.Run(() => Work(nodes.B)));

        nodes.Holds(5000);
        Assert.Equal(2500, nodes.Number("SELECT COUNT(*) FROM credit WHERE state = 'approved'"));
        Assert.Equal(250000, nodes.Number("SELECT reserved_minor FROM budget"));
    }

    [Fact]
    public async Task Customers_decided_on_two_nodes_at_once_stay_within_their_limit()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Watch(customers: 10, films: 450);

        await Task.WhenAll(Task.Run(() => Work(nodes.A)), Task.Run(() => Work(nodes.B)));

        nodes.Holds(4500);
        for (var c = 0; c < 10; c++)
        {
            Assert.Equal(3, nodes.Number(
                $"SELECT COUNT(*) FROM credit WHERE customer_id = 'c{c}' AND state = 'approved'"));
        }
    }

    [Fact]
    public async Task Batches_of_a_dead_node_are_finished_by_another_after_the_lease()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Watch(customers: 3000, films: 1);
        var ended = Task.Run(() => nodes.A.Runner.RunDue(TwoNodes.Job, "schedule"));
        SpinWait.SpinUntil(() => nodes.Number("SELECT COALESCE(MAX(decided), 0) FROM run") > 0 || ended.IsCompleted);
        nodes.A.Store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ended);
        var before = nodes.Number("SELECT decided FROM run");

        Assert.Empty(await nodes.B.Runner.RunOnce(CancellationToken.None));
        Assert.Equal(RunState.Staged, (await nodes.B.Runner.RunDue(TwoNodes.Job, "schedule")).Single().State);
        Assert.Equal(before, nodes.Number("SELECT decided FROM run"));
        nodes.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(RunState.Completed, (await nodes.B.Runner.RunOnce(CancellationToken.None)).Single().State);

        nodes.Holds(3000);
    }

    [Fact]
    public async Task Abandoned_detection_is_redone_by_another_node_and_a_manual_run_is_refused()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Watch(customers: 3, films: 1);
        var (run, claim) = await Begin(nodes, "a");
        await nodes.A.Store.Share(db => RunLeases.Stage(db, claim, 1, [Finding("left")], Holder(nodes, "a")));

        var refused = await Assert.ThrowsAsync<JobException>(
            () => nodes.B.Runner.RunDue(TwoNodes.Job, "manual", new ActorId(1)));
        Assert.Contains("Another node", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RunState.Stored, (await nodes.B.Runner.RunDue(TwoNodes.Job, "schedule")).Single().State);
        nodes.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(RunState.Completed, (await nodes.B.Runner.RunOnce(CancellationToken.None)).Single().State);

        nodes.Holds(3);
        await Assert.ThrowsAsync<LeaseLostException>(
            () => nodes.A.Store.Share(db => RunLeases.Fail(db, claim, "late", Time.Now(nodes.Clock))));
        Assert.Equal(RunState.Completed, nodes.A.Store.Read(db => Runs.Get(db, run.Id)).State);
    }

    [Fact]
    public async Task Lost_lease_writes_nothing()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Watch(customers: 1, films: 1);
        var (run, lost) = await Begin(nodes, "a");
        Assert.Null(await Take(nodes, run, "b"));
        nodes.Clock.Advance(TimeSpan.FromSeconds(31));
        var held = await Take(nodes, run, "b");
        await nodes.B.Store.Share(db => RunLeases.Stage(db, held!, 1, [Finding("kept")], Holder(nodes, "b")));

        await Refused(db => RunLeases.Stage(db, lost, 1, [Finding("lost")], Holder(nodes, "a")));
        await Refused(db => RunLeases.Staged(db, lost, 1));
        await Refused(db => RunLeases.Fail(db, lost, "no", Time.Now(nodes.Clock)));

        await nodes.B.Store.Share(db => RunLeases.Staged(db, held!, 1));
        var first = await nodes.A.Store.Share(db => FindingBatches.Acquire(db, run.Id, Holder(nodes, "a")));
        nodes.Clock.Advance(TimeSpan.FromSeconds(31));
        var second = await nodes.B.Store.Share(db => FindingBatches.Acquire(db, run.Id, Holder(nodes, "b")));
        Assert.Equal("kept", nodes.B.Store.Read(db => FindingBatches.Next(db, second!, 1, 10)).Single().Subject);
        await Refused(db => FindingBatches.Advance(db, first!, 1, Holder(nodes, "a")));
        Assert.Equal(2, (await nodes.B.Store.Share(db =>
            FindingBatches.Advance(db, second!, 1, Holder(nodes, "b")))).NextNumber);

        Task Refused(Action<System.Data.Common.DbConnection> write) =>
            Assert.ThrowsAsync<LeaseLostException>(() => nodes.A.Store.Share(write));
    }

    private static async Task Work(CareServices node)
    {
        await node.Runner.RunDue(TwoNodes.Job, "schedule");
        while (node.Store.Read(db => Runs.History(db, TwoNodes.Job, 10)).Any(run => run.FinishedAt is null))
            await node.Runner.RunOnce(CancellationToken.None);
    }

    private static Task<(Run Run, RunLease Claim)> Begin(TwoNodes nodes, string node) => nodes.A.Store.Write(db =>
    {
        var due = nodes.A.Book.Due(db, TwoNodes.Job)[0];
        var run = Runs.Begin(db, due.Job, due.Mode, "schedule", new ActorId(1), Time.Now(nodes.Clock));
        return (run, RunLeases.Acquire(db, run.Id, Holder(nodes, node))!);
    });

    private static Task<RunLease?> Take(TwoNodes nodes, Run run, string node) => nodes.B.Store.Share(
        db => RunLeases.Acquire(db, run.Id, Holder(nodes, node)));

    private static LeaseOwner Holder(TwoNodes nodes, string node) => new(node, false, Time.Now(nodes.Clock));

    private static Finding Finding(string subject) => new(
        subject, new CustomerId("c0"), subject, Time.Parse("2026-03-14T18:00:00Z"), null, false, null, "{}");
}
