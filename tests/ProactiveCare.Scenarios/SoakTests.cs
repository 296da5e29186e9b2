using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Data.Sqlite;
using ProactiveCare.Soak;
using ProactiveCare.Storage;

namespace ProactiveCare.Scenarios;

/// <summary>
/// The short form of scripts/soak: hours that are alike have to cost alike. Cost is counted in instructions of SQLite,
/// which are the same on every machine; time and memory are for the long form, which has a process to itself.
/// </summary>
public sealed partial class SoakTests(SoakTests.Hours hours) : IClassFixture<SoakTests.Hours>
{
    [Fact]
    public void Equal_hours_leave_no_queue_and_sound_books()
    {
        Assert.True(Report.IsSound(hours.Result), string.Join('\n', hours.Result.Books.Problems));
        Assert.Equal(hours.Result.Books.Entries, hours.Result.Books.Sealed);
        Assert.True(hours.Result.Replayed > 200);
        Assert.All(hours.Result.Hours, hour => Assert.True(hour.Came is { Cases: > 20, Notices: > 20 }));
    }

    [Fact]
    public void Work_of_a_statement_does_not_grow_with_the_data()
    {
        var facts = new Verdict([.. hours.Result.Hours.Skip(Hours.WarmUp)], least: 0.02).Facts().ToList();
        Assert.True(facts.Count > 15);
        Assert.All(facts, check => Assert.True(check.Holds, $"{check}"));
    }

    [Fact]
    public void Recurring_statements_scan_no_growing_table() =>
        Assert.Empty(hours.Scans);

    /// <summary>Some simulated hours, lived through once for all tests.</summary>
    public sealed partial class Hours : IAsyncLifetime
    {
        internal const int WarmUp = 2;

        // Tables whose size does not depend on the traffic.
        private static readonly string[] Small =
            ["job", "job_version", "activation", "actor", "arrival", "cursor", "installation", "alarm",
                "budget", "migration", "sqlite_sequence"];

        private readonly string root = Path.Combine(Path.GetTempPath(), "soak-" + Guid.NewGuid().ToString("n"));

        internal SoakResult Result { get; private set; } = null!;

        /// <summary>Statements that pass by many rows of a table that grows, and how SQLite goes about them.</summary>
        internal IReadOnlyList<string> Scans { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            Directory.CreateDirectory(root);
            var folder = new DataFolder(root);
            var request = new SoakRequest(folder, Path.Combine(Repository.Root, "jobs"), 800, WarmUp, 8, 1)
            {
                KeptHours = 2,
            };
            Result = await ProactiveCare.Soak.Soak.Run(request, _ => { }, TestContext.Current.CancellationToken);
            using var db = new SqliteConnection($"Data Source={folder.Database};Mode=ReadOnly;Pooling=False");
            db.Open();
            Scans = [.. Result.Hours.SelectMany(hour => hour.Statements).Where(w => w.Scanned > 3 * w.Executions)
                .Select(w => w.Sql).Distinct(StringComparer.Ordinal).SelectMany(sql => ScansOf(db, sql))];
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(root, recursive: true);
            return ValueTask.CompletedTask;
        }

        private static IEnumerable<string> ScansOf(SqliteConnection db, string sql)
        {
            var names = Named().Matches(sql).ToLookup(
                m => m.Groups["alias"].Success ? m.Groups["alias"].Value : m.Groups["table"].Value,
                m => m.Groups["table"].Value, StringComparer.OrdinalIgnoreCase);
            var tables = db.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'table'").ToHashSet();
            return from plan in Plan(db, sql)
                   let scan = Scan().Match(plan)
                   where scan.Success
                   from table in names[scan.Groups["name"].Value].Append(scan.Groups["name"].Value).Distinct()
                   where tables.Contains(table) && !Small.Contains(table)
                   select $"{plan}: {Verdict.Short(sql)}";
        }

        private static List<string> Plan(SqliteConnection db, string sql)
        {
            using var explain = db.CreateCommand();
            explain.CommandText = "EXPLAIN QUERY PLAN " + sql;
            foreach (var name in Parameter().Matches(sql).Select(m => m.Value).Distinct(StringComparer.Ordinal))
                explain.Parameters.AddWithValue(name, DBNull.Value);
            using var rows = explain.ExecuteReader();
            var plan = new List<string>();
            while (rows.Read()) plan.Add(rows.GetString(3));
            return plan;
        }

        [GeneratedRegex(
            @"\b(FROM|JOIN)\s+(?<table>\w+)" +
            @"(\s+(AS\s+)?(?!WHERE|JOIN|LEFT|CROSS|ON|USING|ORDER|GROUP|LIMIT|UNION)(?<alias>\w+))?",
            RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
        private static partial Regex Named();

        [GeneratedRegex(@"^SCAN (?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex Scan();

        [GeneratedRegex(@"[@?]\w+", RegexOptions.None, 1000)]
        private static partial Regex Parameter();
    }
}
