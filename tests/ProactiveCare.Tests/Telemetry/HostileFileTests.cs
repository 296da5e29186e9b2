using ProactiveCare.Hazards;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>The fixed corpus: each file has its message, its counts, and its good rows stored.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly Installed here = new();

    public static TheoryData<string> Names => [.. HostileFile.All.Select(file => file.Name)];

    public void Dispose() => here.Dispose();

    [Fact]
    public void Every_file_of_the_corpus_is_in_its_table() => Assert.Equal(
        Directory.EnumerateFiles(HostileFile.Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(HostileFile.Root, file).Replace('\\', '/'))
            .Where(name => name != "README.md").Order(StringComparer.Ordinal),
        HostileFile.All.Select(file => file.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Hostile_file_loses_its_invalid_rows_only(string name)
    {
        var file = HostileFile.All.Single(each => each.Name == name);
        if (file.Refusal is { } words)
        {
            var refused = Assert.Throws<ImportException>(() => here.Import(file.Kind, file.Bytes, file.Name));
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
            IsReadable(refused.Message);
            Assert.Equal(0, here.One<long>("SELECT COUNT(*) FROM import"));
        }
        else
        {
            IsTaken(file);
        }
        Assert.Equal(1, here.Import(
            "contacts", "contact_id,customer_id,contacted_at,topic\nlater,c,2026-03-14T10:00:00Z,t").Stored);
        if (!here.Store.IsShared) Assert.Equal("ok", here.One<string>("PRAGMA integrity_check"));
    }

    [Fact]
    public void Messages_that_supersede_each_other_exclude_nobody()
    {
        here.Import("alerts", HostileFile.All.Single(file => file.Name == "alerts/cycle.json").Bytes);
        var hazards = here.Read(db => ActiveHazards.Between(db, here.Clock.Now(), 0, 3));
        Assert.Equal(["self", "one", "two"], hazards.Where(h => !h.Superseded).Select(h => h.AlertId));
    }

    [Fact]
    public void Rows_stored_under_a_wrong_clock_do_not_block_a_cursor_for_ever()
    {
        var settled = here.Clock.Now();
        const string Header = "event_id,kind,customer_id,subject,occurred_at,data\n";
        here.Clock.Set("2026-03-15T12:00:00Z");
        here.Import("events", Header + "a,k,c,s,2026-03-15T12:00:00Z,{}");
        here.Clock.Set("2036-01-01T00:00:00Z");
        here.Import("events", Header + "b,k,c,s,2036-01-01T00:00:00Z,{}");
        here.Clock.Set("2026-03-14T12:00:00Z");
        Assert.Equal(1, here.Read(db => Arrivals.FirstUnsettled(db, 0, settled)));
        // Before the first row it is unknown which of the two clocks is wrong.
        Assert.Equal(2, here.Read(db => Arrivals.FirstUnsettled(db, 1, settled)));
        here.Import("events", Header + "d,k,c,s,2026-03-14T11:00:00Z,{}");
        Assert.Null(here.Read(db => Arrivals.FirstUnsettled(db, 1, settled)));
        Assert.Equal(1, here.Import("events", Header + "c,k,c,s,2026-03-14T13:00:01Z,{}").Quarantined);
    }

    private void IsTaken(HostileFile file)
    {
        var result = here.Import(file.Kind, file.Bytes, file.Name);
        var rows = here.Read(db => Quarantine.List(db, result.ImportId));
        Assert.Equal(
            file.Reasons.Select((words, i) =>
                i < rows.Count && rows[i].Reason.Contains(words, StringComparison.Ordinal) ? rows[i].Reason : words),
            rows.Select(row => row.Reason));
        Assert.Equal(
            string.Join(" ", file.Counts),
            $"{result.Received} {result.Stored} {result.Revised} {result.Duplicate} {result.Quarantined}");
        Assert.All(rows, row => IsReadable(row.Reason));
        Assert.All(result.FirstQuarantined, row => Assert.True(row.Content.Length <= 500 && row.Line > 0));
        var arrived = here.Read(Arrivals.Latest);
        var again = here.Import(file.Kind, file.Bytes, file.Name);
        Assert.Equal((result.Received, 0, result.Quarantined), (again.Received, again.Stored, again.Quarantined));
        // One id with two contents in one file changes with each of them, every time.
        if (result.Revised == 0) Assert.Equal((0, arrived), (again.Revised, here.Read(Arrivals.Latest)));
    }

    private static void IsReadable(string message) => Assert.True(
        message.Length < 1000 && !message.EnumerateRunes().Any(rune => System.Text.Rune.IsControl(rune)), message);
}
