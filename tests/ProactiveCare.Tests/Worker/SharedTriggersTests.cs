using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Worker;

/// <summary>Several workers on one database: one gets each firing, and another takes over when it is gone.</summary>
public sealed class SharedTriggersTests
{
    private const string Yearly = "0 0 7 1 1 ?";

    [Fact]
    public async Task Nodes_that_start_at_the_same_instant_share_one_schedule_and_each_firing_wakes_one_of_them()
    {
        await using var nodes = await Nodes.New();
        var allStarted = new TaskCompletionSource();
        nodes.Jobs =
        [
            Nodes.Clock("every-second", "* * * * * ?"), Nodes.Clock("never-yet", Yearly),
            Nodes.Clock("missed", Yearly) with { LastRun = Time.Parse("2020-01-01T00:00:00Z") },
        ];
        nodes.Run = (job, stop) => job.Value == "missed" ? allStarted.Task.WaitAsync(stop) : Task.CompletedTask;
        await Task.WhenAll(nodes.Start("a"), nodes.Start("b"), nodes.Start("c"));
        allStarted.SetResult();
        await RunningWorker.Until(() => nodes.Count("every-second") >= 8 && nodes.Count("missed") == 1);
        Assert.Equal(0, nodes.Count("never-yet"));
        // Fired by each of them, eight firings would come within three seconds.
        var wakes = nodes.Woken.Where(each => each.Job.Value == "every-second").Select(each => each.At).ToList();
        Assert.True(wakes[7] - wakes[0] >= Duration.FromSeconds(5), string.Join(' ', wakes));
    }

    [Fact]
    public async Task Triggers_of_a_dead_node_are_taken_over_and_its_interrupted_job_fires_again()
    {
        await using var nodes = await Nodes.New();
        nodes.Jobs =
        [
            Nodes.Clock("every-second", "* * * * * ?"),
            Nodes.Clock("long", Yearly) with { LastRun = Time.Parse("2020-01-01T00:00:00Z") },
        ];
        nodes.Run = (job, stop) => job.Value == "long" ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask;
        await nodes.Start("a");
        await RunningWorker.Until(() => nodes.Count("long", "a") == 1);
        nodes.Jobs = [nodes.Jobs[0], nodes.Jobs[1] with { LastRun = null }];
        await nodes.Start("b");
        await nodes.CutOff("a");
        await RunningWorker.Until(() => nodes.Count("long", "b") == 1 && nodes.Count("every-second", "b") >= 3);
    }

    [Fact]
    public async Task Node_older_than_the_schema_exits_and_leaves_its_firing_to_another()
    {
        await using var nodes = await Nodes.New();
        nodes.Jobs = [Nodes.Clock("once", Yearly) with { LastRun = Time.Parse("2020-01-01T00:00:00Z") }];
        var begun = new TaskCompletionSource();
        var first = 0;
        nodes.Run = async (_, _) =>
        {
            if (Interlocked.Increment(ref first) > 1) return;
            await begun.Task;
            throw new LeftBehindException();
        };
        await nodes.Start("a");
        await RunningWorker.Until(() => nodes.Count("once", "a") == 1);
        nodes.Jobs = [Nodes.Clock("once", Yearly)];
        await nodes.Start("b");
        begun.SetResult();
        await RunningWorker.Until(() => nodes.Count("once", "b") == 1);
        Assert.True(nodes.IsEnding("a"));
        Assert.False(nodes.IsEnding("b"));
    }

    [Fact]
    public async Task Stopped_node_leaves_its_firing_to_another()
    {
        await using var nodes = await Nodes.New();
        nodes.Jobs = [Nodes.Clock("long", Yearly) with { LastRun = Time.Parse("2020-01-01T00:00:00Z") }];
        nodes.Run = (_, stop) => nodes.Count("long") > 1 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop);
        await nodes.Start("a");
        await RunningWorker.Until(() => nodes.Count("long", "a") == 1);
        nodes.Jobs = [Nodes.Clock("long", Yearly)];
        await nodes.Start("b");
        await nodes.Stop("a");
        await RunningWorker.Until(() => nodes.Count("long", "b") == 1);
    }

    [Fact]
    public async Task Name_of_a_node_belongs_to_one_worker_at_a_time()
    {
        TestDatabase.SkipUnlessServer();
        const string Same = """{ "Node": "same", "Http": { "Urls": "none" } }""";
        using var desk = new Desk();
        using var other = new Desk(false, desk.Folder.Server);
        desk.Run("db init");
        foreach (var each in new[] { desk, other }) each.File("appsettings.json", Same);
        using (var worker = await RunningWorker.Start(desk))
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            var refused = await other.Type("run");
            Assert.Equal(2, refused.Code);
            Assert.Contains("Another worker called same is at work", refused.Error);
            await worker.Stop();
        }
        using var next = await RunningWorker.Start(other);
        Assert.Equal(0, (await next.Stop()).Code);
    }

    [Fact]
    public async Task Trigger_that_a_clock_ahead_has_set_is_set_anew()
    {
        await using var nodes = await Nodes.New();
        nodes.Jobs = [Nodes.Clock("every-second", "* * * * * ?"), Nodes.Clock("never-yet", Yearly)];
        await nodes.Start("a");
        await RunningWorker.Until(() => nodes.Count("every-second") >= 1);
        await nodes.Execute($"UPDATE care.qrtz_triggers SET next_fire_time = next_fire_time + {TimeSpan.TicksPerDay}");
        var before = nodes.Count("every-second");
        await RunningWorker.Until(() => nodes.Count("every-second") >= before + 5);
        Assert.Equal(0, nodes.Count("never-yet"));
    }

    [Fact]
    public async Task Node_that_died_while_its_clock_was_ahead_counts_as_dead()
    {
        TestDatabase.SkipUnlessServer();
        using var desk = new Desk();
        desk.Run("db init");
        using (var first = await RunningWorker.Start(desk)) await first.Stop();
        using var store = Store.Open(desk.Folder, TimeProvider.System);
        var tomorrow = DateTime.UtcNow.AddDays(1).Ticks;
        await store.Write(db => db.Execute(
            "INSERT INTO qrtz_scheduler_state VALUES ('proactive-care', 'dead', @tomorrow, 2000)", new { tomorrow }));
        using var worker = await RunningWorker.Start(desk);
        await RunningWorker.Until(() => store.Read(db => db.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM qrtz_scheduler_state WHERE instance_name = 'dead'")) == 0);
        await worker.Stop();
    }

    [Fact]
    public async Task Starting_node_keeps_valid_triggers_and_all_nodes_follow_a_change()
    {
        await using var nodes = await Nodes.New();
        nodes.Jobs = [Nodes.Clock("one", Yearly), Nodes.Clock("two", Yearly)];
        await nodes.Start("a");
        var before = await nodes.Triggers();
        Assert.Equal(2, before.Count);
        await nodes.Start("b");
        Assert.Equal(before, await nodes.Triggers());
        nodes.Jobs = [Nodes.Clock("one", "0 0 8 1 1 ?"), Nodes.Clock("three", Yearly)];
        string[] expected = ["one 0 0 8 1 1 ?", "three " + Yearly];
        for (var i = 0; i < 600 && !(await Written()).SequenceEqual(expected); i++) await Task.Delay(50);
        Assert.Equal(expected, await Written());
        async Task<IEnumerable<string>> Written() =>
            (await nodes.Triggers()).Select(row => string.Join(' ', row.Split(' ')[..^2]));
    }
}
