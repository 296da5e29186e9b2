using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Telemetry;
using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>Values and files as python3, node and java write them: <c>tests/forms</c> holds the programs,
/// <c>tests/data/forms</c> what they wrote, with the outcome that each program expects.</summary>
public sealed class ValueFormsTests : IDisposable
{
    private const string Now = "2026-03-14T12:00:00Z";

    private static readonly string Recorded = Path.Combine(Shipped.Root, "tests", "data", "forms");

    private static readonly Dictionary<string, Dictionary<string, string>> Plain = new(StringComparer.Ordinal)
    {
        ["sessions"] = Row(
            "session_id,customer_id,content_id,title,started_at,ended_at,watch_seconds,stall_seconds,stall_count,"
            + "longest_stall_seconds,startup_failed",
            $"?,c,v,Film,2026-02-28T00:00:00Z,{Now},1200,0,0,0,false"),
        ["purchases"] = Row(
            "purchase_id,customer_id,kind,title,amount,currency,purchased_at", $"?,c,rental,Film,1.00,EUR,{Now}"),
        ["customers"] = Row("customer_id,email,locale,time_zone,status", "?,a@example.com,en-US,UTC,active"),
        ["premises"] = Row("premises_id,customer_id,county_fips,forecast_zone", "?,c,08031,COZ040"),
    };

    private readonly Installed here = new();
    private readonly string made = Directory.CreateTempSubdirectory("forms").FullName;
    private int imports;

    public void Dispose()
    {
        here.Dispose();
        Directory.Delete(made, recursive: true);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("java")]
    [InlineData("node")]
    public void Written_values_are_stored_left_out_or_set_aside_in_every_channel(string language) =>
        AreAsExpected(File.ReadAllLines(Path.Combine(Recorded, language + ".tsv")));

    [Theory]
    [InlineData("python", "python3", "forms.py")]
    [InlineData("java", "java", "Forms.java")]
    [InlineData("node", "node", "forms.mjs")]
    public void Values_that_the_program_writes_now_are_those_that_were_recorded(
        string language, string command, string program)
    {
        if (!Ran(command, Path.Combine(Shipped.Root, "tests", "forms", program), made))
            Assert.Skip($"{command} is not installed here.");
        var written = File.ReadAllLines(Path.Combine(made, language + ".tsv"));
        // Texts for people change with the version of a program; kinds, columns and outcomes do not.
        Assert.Equal(
            File.ReadAllLines(Path.Combine(Recorded, language + ".tsv")).Select(line => Form.Of(line).Expected),
            written.Select(line => Form.Of(line).Expected));
        AreAsExpected(written);
    }

    [Fact]
    public void Written_files_hold_the_same_rows_whatever_their_separators_marks_headers_and_formats()
    {
        var files = Directory.GetFiles(Recorded).Where(file => Path.GetExtension(file) != ".tsv").ToList();
        Assert.Equal(11, files.Count);
        Assert.Equal(6, here.Import("sessions", File.ReadAllBytes(Path.Combine(Recorded, "sessions.csv"))).Stored);
        Assert.All(files, file => Assert.Equal(
            (Path.GetFileName(file), "6 = 0 stored + 0 revised + 6 duplicate + 0 quarantined"),
            (Path.GetFileName(file), here.Import("sessions", File.ReadAllBytes(file), file).Counts())));
    }

    [Fact]
    public void Header_that_cannot_be_used_sets_aside_the_rows_after_it_up_to_the_next_one()
    {
        const string Header = "contact_id,customer_id,contacted_at,topic";
        var result = here.Import("contacts", $"{Header}\na,c,{Now},t\ncontact_id,contacted_at,topic,mood,customer_id\n"
            + $"b,{Now},t,good,c\n\"TOPIC\",contact id,Contacted-At,customer_id,\nt,d,{Now},c\n");
        Assert.Equal("4 = 2 stored + 0 revised + 0 duplicate + 2 quarantined", result.Counts());
        Assert.Contains("Unknown column 'mood'", result.FirstQuarantined[0].Reason, StringComparison.Ordinal);
        Assert.Equal("it follows the header in line 3, which cannot be used", result.FirstQuarantined[1].Reason);
        Assert.Equal(
            ["a", "d"], here.Read(db => db.Query<string>("SELECT contact_id FROM contact ORDER BY contact_id")));
    }

    [Theory]
    [InlineData("W. Europe Standard Time", "Europe/Berlin")]
    [InlineData("eastern standard time", "America/New_York")]
    [InlineData("Tokyo Standard Time", "Asia/Tokyo")]
    [InlineData("utc", "UTC")]
    [InlineData("gmt", "GMT")]
    public void Zone_is_known_by_any_of_its_names(string name, string id) => Assert.Equal(id, Regional.ZoneOf(name));

    [Fact]
    public void Every_zone_is_itself_whatever_its_case() => Assert.All(
        NodaTime.DateTimeZoneProviders.Tzdb.Ids,
        id => Assert.Equal((id, id, id), (
            Regional.ZoneOf(id), Regional.ZoneOf(id.ToUpperInvariant()), Regional.ZoneOf(id.ToLowerInvariant()))));

    private static Dictionary<string, string> Row(string names, string cells) =>
        names.Split(',').Zip(cells.Split(',')).ToDictionary(pair => pair.First, pair => pair.Second);

    private static bool Ran(params string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false, RedirectStandardError = true };
        foreach (var argument in command[1..]) start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error);
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private void AreAsExpected(IReadOnlyList<string> lines)
    {
        Assert.NotEmpty(lines);
        here.Clock.Set(Now);
        foreach (var kind in lines.Select(Form.Of).GroupBy(form => form.Kind))
        {
            IsAsExpected([.. kind], "x.csv", Csv, posted: false);
            IsAsExpected([.. kind], "x.ndjson", Json, posted: false);
            IsAsExpected([.. kind], "post", Json, posted: true);
        }
    }

    private void IsAsExpected(
        IReadOnlyList<Form> forms, string file, Func<IReadOnlyList<Form>, string> text, bool posted)
    {
        var kind = Kinds.All.Single(each => each.Name == forms[0].Kind);
        var prefix = string.Create(CultureInfo.InvariantCulture, $"i{++imports}-");
        var by = here.Write(db => Actors.System(db, here.Clock.Now()));
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(
            text([.. forms.Select((form, i) => form with { Id = $"{prefix}{i}" })])));
        var request = new ImportRequest(kind.Name, file, "import", by) { Posted = posted };
        var result = Import.Run(here.Store, request, stream, here.Clock).GetAwaiter().GetResult();
        Assert.Equal(forms.Count, result.Received);
        var reasons = here.Read(db => Quarantine.List(db))
            .Where(row => row.Content.Contains(prefix, StringComparison.Ordinal))
            .ToDictionary(row => row.Line - (file == "x.csv" ? 2 : 1), row => row.Reason);
        var rows = here.Read(db => db.Query($"SELECT * FROM {kind.Table}").Cast<IDictionary<string, object?>>()
            .ToDictionary(row => (string)row[kind.Columns[0].Stored]!));
        for (var i = 0; i < forms.Count; i++)
        {
            var became = Became(forms[i], kind, rows.GetValueOrDefault(prefix + i), reasons.GetValueOrDefault(i));
            Assert.Equal($"{file} {forms[i].Text}: {forms[i].Outcome}", $"{file} {forms[i].Text}: {became}");
        }
    }

    private static string Became(Form form, Kind kind, IDictionary<string, object?>? row, string? reason)
    {
        var words = form.Outcome[1..];
        if (row is null) return reason!.Contains(words, StringComparison.Ordinal) ? $"!{words}" : $"!{reason}";
        var stored = Convert.ToString(
            row[kind.Columns.Single(column => column.Name == form.Column).Stored], CultureInfo.InvariantCulture);
        var without = kind.Columns[^1].IsLeftOut ? (string?)row["left_out"] : null;
        return without is null ? $"={stored}"
            : without.Contains(words, StringComparison.Ordinal) && stored is "" ? $"-{words}" : $"-{without}";
    }

    private static string Csv(IReadOnlyList<Form> forms)
    {
        var names = Plain[forms[0].Kind].Keys.ToList();
        return string.Join(',', names) + "\n" + string.Concat(
            forms.Select(form => string.Join(',', form.Row().Select(cell => Quoted(cell.Value))) + "\n"));
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Json(IReadOnlyList<Form> forms) =>
        string.Concat(forms.Select(form => JsonSerializer.Serialize(form.Row()) + "\n"));

    private sealed record Form(string Kind, string Column, string Text, string Outcome)
    {
        public string Id { get; init; } = "";

        public string Expected => $"{Kind} {Column} {Outcome}";

        public static Form Of(string line) =>
            line.Split('\t') is [var kind, var column, var text, var outcome]
                ? new(kind, column, text, outcome)
                : throw new FormatException(line);

        public Dictionary<string, string> Row()
        {
            var row = new Dictionary<string, string>(Plain[Kind]) { [Column] = Text };
            row[row.First().Key] = Id;
            return row;
        }
    }
}
