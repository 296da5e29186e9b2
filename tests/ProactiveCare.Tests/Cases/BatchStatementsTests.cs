using System.Diagnostics;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Cases;

/// <summary>On a server the number of statements of a batch does not depend on the number of its findings.</summary>
public sealed class BatchStatementsTests
{
    [Fact]
    public async Task Batch_of_100_refunds_takes_no_more_statements_than_a_batch_of_10()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Buy(customers: 400, "5.00");
        await Decide(nodes, 0, 10);
        var few = await Statements(() => Decide(nodes, 10, 10));
        var many = await Statements(() => Decide(nodes, 20, 100));

        Assert.Equal(120, nodes.Number("SELECT COUNT(*) FROM credit WHERE kind = 'refund' AND state = 'approved'"));
        Assert.Equal(120, nodes.Number("SELECT COUNT(*) FROM entry"));
        Assert.InRange(few, 10, 40);
        Assert.Equal(few, many);
    }

    [Fact]
    public async Task Statements_do_not_grow_when_the_budget_has_run_out()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Buy(customers: 700, "5.00");
        await Decide(nodes, 0, 495);
        await Decide(nodes, 495, 10);
        Assert.Equal(500, nodes.Number("SELECT COUNT(*) FROM credit WHERE state = 'approved'"));
        var few = await Statements(() => Decide(nodes, 505, 10));
        var many = await Statements(() => Decide(nodes, 515, 100));

        Assert.Equal(115, nodes.Number("SELECT COUNT(*) FROM credit WHERE hold_reason = 'budget'"));
        Assert.Equal(115, nodes.Number("SELECT COUNT(*) FROM notice WHERE event = 'held'"));
        Assert.Equal(few, many);
    }

    [Fact]
    public async Task Statements_do_not_grow_when_known_cases_are_decided_again()
    {
        TestDatabase.SkipUnlessServer();
        using var nodes = new TwoNodes();
        await nodes.Buy(customers: 120, "5.00");
        await Decide(nodes, 0, 120);
        await Decide(nodes, 0, 10, "{\"seen\":1}");
        var few = await Statements(() => Decide(nodes, 10, 10, "{\"seen\":1}"));
        var many = await Statements(() => Decide(nodes, 20, 100, "{\"seen\":1}"));

        Assert.Equal(120, nodes.Number("SELECT COUNT(*) FROM credit"));
        Assert.Equal(120, nodes.Number("SELECT COUNT(*) FROM care_case WHERE evidence LIKE '%seen%'"));
        Assert.Equal(few, many);
    }

    private static Task Decide(TwoNodes nodes, int from, int count, string evidence = "{}") => nodes.A.Store.Share(db =>
    {
        var findings = Enumerable.Range(from, count).Select(i => new Finding(
            $"purchase:p{i}", new CustomerId($"c{i}"), $"purchase:p{i}", Time.Parse("2026-03-14T18:05:00Z"), null,
            false, new PurchaseId($"p{i}"), evidence)).ToList();
        var due = nodes.A.Book.Due(db, TwoNodes.Job)[0];
        new CaseDesk(nodes.A.Settings.Notices).Begin(db, due, null, Time.Now(nodes.Clock)).DecideAll(findings);
    });

    // Npgsql traces each way to the server and back; those of other tests belong to other traces.
    private static async Task<int> Statements(Func<Task> work)
    {
        var statements = 0;
        using var trace = new Activity("batch").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace.TraceId) Interlocked.Increment(ref statements);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await work();
        Assert.True(statements > 0, "No statement was traced.");
        return statements;
    }
}
