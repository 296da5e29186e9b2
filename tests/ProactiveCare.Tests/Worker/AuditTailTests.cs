using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ProactiveCare.Audit;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Http;

namespace ProactiveCare.Tests.Worker;

/// <summary>The lines of the audit log in the log, and refusals in the audit log.</summary>
public sealed class AuditTailTests : IDisposable
{
    private readonly Shop shop = new();
    private readonly Lines lines = new();

    public void Dispose() => shop.Dispose();

    [Fact]
    public void Log_names_each_new_action_once_with_its_actor()
    {
        using var store = Store.OpenReadOnly(shop.Desk.Folder);
        var tail = new AuditTail(store, lines);
        tail.LogNew();
        Assert.Empty(lines.Texts);
        shop.Do($"jobs run {Shop.Job}");
        shop.Do($"andon pull {Shop.Job} --reason look");
        shop.Do($"jobs pause {Shop.Job} --reason look");
        Assert.Equal(2, shop.As("bob", $"andon release {Shop.Job} --reason look").Code);
        Assert.Equal(0, shop.As("fin", "credits approve 2").Code);
        tail.LogNew();
        tail.LogNew();
        foreach (var action in new[] { $"ada: andon.begin job:{Shop.Job} ", $"ada: pause.begin job:{Shop.Job} ",
            "fin: credit.approve credit:2 ",
            "proactive-care: command.refuse command: {\"who\":\"bob\",\"from\":\"terminal\"" })
            Assert.Single(lines.Texts, line => line.StartsWith(action, StringComparison.Ordinal));
    }

    [Fact]
    public void Changed_job_is_in_the_audit_log()
    {
        var file = Path.Combine(shop.Desk.Path, "jobs", Shop.Job, "job.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("[5.00 USD", "[6.00 USD", StringComparison.Ordinal));
        shop.Do($"jobs accept {Shop.Job} --yes");
        using var store = Store.OpenReadOnly(shop.Desk.Folder);
        var actions = store.Read(db => AuditLog.After(db, 0)).Where(line => line.Target == $"job:{Shop.Job}")
            .Select(line => line.Action);
        Assert.Equal(["job.propose", "job.accept", "job.propose", "job.accept"], actions);
    }

    [Fact]
    public async Task Flood_of_refusals_costs_a_bounded_number_of_rows()
    {
        using var store = Store.Open(shop.Desk.Folder, shop.Clock);
        var refusals = new RefusalLog(store, shop.Clock, NullLogger<RefusalLog>.Instance);
        for (var i = 0; i < 100; i++) refusals.Add("role", "bob", "socket", "no role");
        shop.Clock.Advance(TimeSpan.FromMinutes(1));
        refusals.Add("role", "bob", "socket", "no role");
        await store.Write(_ => { });
        var stored = store.Read(db => AuditLog.After(db, 0)).Where(line => line.Action == "role.refuse").ToList();
        Assert.Equal(21, stored.Count);
        Assert.Contains("\"who\":\"bob\"", stored[0].Detail, StringComparison.Ordinal);
        Assert.Contains("\"omitted\":80", stored[^1].Detail, StringComparison.Ordinal);
        var tail = new AuditTail(store, lines);
        tail.LogNew();
        refusals.Add("role", "bob", "socket", "no role");
        await store.Write(_ => { });
        tail.LogNew();
        Assert.Equal(LogLevel.Warning, Assert.Single(lines.Levels));
    }

    private sealed class Lines : ILogger
    {
        public List<string> Texts { get; } = [];

        public List<LogLevel> Levels { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            Levels.Add(logLevel);
            Texts.Add(formatter(state, exception));
        }
    }
}
