using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Scenarios.Documents;

/// <summary>The documents name what the product's own lists name: a later key, column or state is not
/// forgotten.</summary>
public sealed partial class DocumentedNamesTests
{
    private static readonly Page Operators = Page.Of("docs/operators.md");
    private static readonly Page Finance = Page.Of("docs/finance.md");
    private static readonly Page Running = Page.Of("docs/running.md");

    [Fact]
    public void Settings_are_those_that_the_reader_knows() => Assert.Equal(
        Paths(SettingsKeys.Table)
            .Where(path => !SettingsKeys.Table.Known.Keys.Any(s => s == path || s.Split(':')[0] == path))
            .Select(path => path.Replace(":*:", ":NAME:", StringComparison.Ordinal)).Append("Jobs").Order(),
        Running.Names("## Settings").Select(key => key.Name).Order());

    [Fact]
    public void Ranges_of_settings_are_those_that_the_reader_holds()
    {
        var ranges = Running.Names("## Settings").Where(key => Range().IsMatch(key.Cells[0]))
            .Select(key => (
                Key: key.Name.Replace("NAME", "name", StringComparison.Ordinal), Of: Range().Match(key.Cells[0])))
            .ToList();
        Assert.True(ranges.Count > 10);
        var given = ranges.Select(range => KeyValuePair.Create<string, string?>(range.Key, Beyond(range.Of.Value)));
        var settings = new ConfigurationBuilder().AddInMemoryCollection(given).Build();
        var refused = Assert.Throws<UsageException>(() => SettingsReader.Read(settings, Repository.Root)).Message;
        Assert.All(ranges, range => Assert.Contains(
            refused.Split('\n'), line => line.Trim().StartsWith(range.Key + " must be ", StringComparison.Ordinal)
                && (line.Contains(range.Of.Value, StringComparison.Ordinal)
                    || line.Contains(range.Of.Result("between ${least} and ${most}"), StringComparison.Ordinal))));
    }

    [Fact]
    public void Keys_of_a_job_are_those_of_the_table() => Assert.Equal(
        Paths(JobReader.Table).Order(), Operators.Names("## Every key of job.yaml").Select(key => key.Name).Order());

    [Fact]
    public void Ranges_of_a_job_are_those_that_the_loader_holds()
    {
        const string Wrong =
            """
            schedule: { catchUp: 9999d, expectEvery: 9999d }
            detect: { settle: 9999d, look: 9999d, rowCap: 9999999, timeout: 9999d }
            remedy: { refund: { share: 999% } }
            limits: { perCustomer: { count: 9999999, in: 9999d }, approval: { decideWithin: 9999d } }
            rollout: { holdOut: 999%, makeGood: 9999d }
            """;
        var files = new Dictionary<string, byte[]> { ["job.yaml"] = Encoding.UTF8.GetBytes(Wrong) };
        var problems = new JobLoader(ScheduleWords.CronError).Load(new JobFolder("wrong", files)).Problems;
        var ranges = Operators.Names("## Every key of job.yaml").Where(key => Bounds().IsMatch(key.Cells[0])).ToList();
        Assert.Equal(12, ranges.Count);
        Assert.All(ranges, key => Assert.Contains(problems, problem => problem.Key == key.Name
            && problem.Message.Contains(
                Bounds().Match(key.Cells[0]).Result("between ${least} and ${most}"), StringComparison.Ordinal)));
    }

    [Fact]
    public void Columns_of_files_are_those_that_are_imported()
    {
        Assert.All(Import.Kinds, kind => Assert.Contains($"\n## {kind}\n", Page.Of("docs/files.md").Text));
        Assert.All(Kinds.All, kind => Assert.Equal(
            kind.Inputs.Select(column => (column.Name, column.Required ? "yes" : "no")),
            Page.Of("docs/files.md").Names($"## {kind.Name}").Select(column => (column.Name, column.Cells[0]))));
    }

    [Fact]
    public void Columns_of_refund_answers_are_those_that_are_read()
    {
        var message = Assert.Single(BillingAnswers.Parse("zzz\n"u8.ToArray()).Problems).Text.Split(". The first")[0];
        var known = message[(message.IndexOf("choose from ",
            StringComparison.Ordinal) + 12)..].TrimEnd('.').Split(", ");
        Assert.Equal(known, Finance.Names("## Files for billing").Select(column => column.Name).TakeLast(known.Length));
    }

    [Fact]
    public void Columns_for_statements_are_those_that_can_be_read()
    {
        var sql = Page.Of("docs/sql.md");
        var readable = Readable.Of(new SqlDetector
        {
            Source = Detector.Telemetry, Settle = default, Look = default, File = "", Sql = "", RowCap = 1,
            Timeout = default, Parameters = new Dictionary<string, object>(),
        }).Columns;
        Assert.All(readable, table => Assert.Equal(
            table.Value.Order(), sql.Names($"## {table.Key}").Select(column => column.Name).Order()));
        Assert.Equal(
            DetectorReader.EngineNames(Detector.Telemetry).Order(),
            sql.Names("## Parameters").Select(name => name.Name.TrimStart('@')).Order());
        var returned = typeof(SqlDetection).GetField("Known", BindingFlags.NonPublic | BindingFlags.Static)!;
        Assert.Equal(
            (string[])returned.GetValue(null)!,
            sql.Rows("## What the SELECT returns").Skip(2).SkipLast(1).Select(cells => cells[0].Trim('`')));
    }

    [Fact]
    public void Notices_have_the_parts_fields_and_events_that_the_linter_knows()
    {
        var named = Operators.Names("## Notices").Select(mark => mark.Name).ToHashSet(StringComparer.Ordinal);
        var parts = NoticePart.All.Select(part => $"{{{{! {part.Label} }}}}");
        Assert.All([.. parts, .. NoticeLint.CommonKeys, .. HazardDetector.Evidence,
            .. NoticeState.All.Select(state => state.Text)],
            name => Assert.Contains(name, named));
        NamedIn(Operators, [.. NoticeEvent.ToCustomers.Select(kind => kind.Text)]);
    }

    [Fact]
    public void States_and_reasons_are_all_named()
    {
        NamedIn(Finance, [.. Texts<CreditState>(), .. Texts<HoldReason>(), .. LedgerExport.Formats, Account.Billing]);
        NamedIn(Operators, [.. Texts<CaseState>(), .. Texts<Reason>(), .. Texts<NoticeReason>()]);
        Assert.Equal(Role.All.Order(), Finance.Names("## Who decides").Select(role => role.Name)
            .Where(name => !name.Contains(' ', StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void Alarms_and_parts_of_the_health_check_are_those_of_the_source()
    {
        var alarms = Literals("ProactiveCare/Detection", AlarmKinds());
        Assert.True(alarms.Count >= 6);
        Assert.Equal(alarms, Running.Names("## Alarms").Select(alarm => alarm.Name).Order());
        var tasks = Literals("ProactiveCare.Worker/Hosting", TaskNames());
        Assert.True(tasks.Count >= 8);
        Assert.Empty(tasks.Except(Running.Names("## Health").Select(part => part.Name)));
    }

    [Fact]
    public void Metrics_are_those_of_the_source() => Assert.Equal(
        Literals("", MetricNames()),
            Page.All.SelectMany(page => page.Code).Where(code => MetricName().IsMatch(code)).Distinct().Order());

    [Fact]
    public void Routes_and_their_inputs_are_those_of_the_operations()
    {
        var api = Page.Of("docs/api.md");
        var documented = api.Rows("# The operations over HTTP")
            .Where(cells => cells[0].Contains("/api/v1/", StringComparison.Ordinal)).Select(cells => (
                Route: cells[0].Trim('`'), Fields: FieldNames().Matches(cells[1]).Select(name => name.Value).ToList()))
            .ToList();
        var routes = Operations.All.Select(operation => (
            Route: $"{operation.Method} {operation.Route}",
            Fields: operation.GetType().GetGenericArguments()[0].GetConstructors()[0].GetParameters()
                .Select(field => $"`{char.ToLowerInvariant(field.Name![0])}{field.Name[1..]}`"
                    + (field.HasDefaultValue ? "?" : "")).ToList())).ToList();
        Assert.Equal(
            routes.Select(route => $"{route.Route} {string.Join(' ', route.Fields)}").Order(),
            documented.Select(route => $"{route.Route} {string.Join(' ', route.Fields)}").Order());
        NamedIn(api, Enum.GetNames<RefusalCode>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName));
        NamedIn(api, [ApiEndpoints.StoreHeader, ApiEndpoints.NowHeader]);
    }

    [Fact]
    public async Task Every_command_and_every_common_option_is_named()
    {
        using var typed = new TypedPage();
        var text = string.Join('\n', Page.All.Select(page => page.Text));
        var (_, options) = await typed.Type("proactive-care --help");
        Assert.All(OptionNames().Matches(options), option => Assert.Contains(
            Running.Names("## The command line"), row => row.Name.Split(' ')[0] == option.Groups["name"].Value));
        var groups = await Verbs("");
        Assert.True(groups.Count > 10);
        foreach (var group in groups)
        {
            var verbs = await Verbs(group);
            var commands = verbs.Count == 0 ? [group] : verbs.Select(verb => $"{group} {verb}");
            Assert.All(commands, command => Assert.Matches($"[`\\s]{command}[`\\s]", text));
        }

        async Task<IReadOnlyList<string>> Verbs(string group)
        {
            var (_, help) = await typed.Type($"proactive-care {group} --help");
            return [.. HelpLines().Matches(help.ReplaceLineEndings("\n")).SelectMany(
                list => list.Groups["verb"].Captures.Select(verb => verb.Value))];
        }
    }

    [Fact]
    public void Links_and_paths_lead_somewhere()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs",
                SearchOption.AllDirectories))
            .Select(file => file.Replace(".Worker/", "/Worker/", StringComparison.Ordinal)).ToList();
        foreach (var page in Page.All)
        {
            var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page.Path))!;
            Assert.All(page.Links, link =>
                Assert.True(Path.Exists(Path.Combine(folder, link)), $"{page.Path}: {link}"));
            Assert.All(page.Code.Where(code => code.EndsWith(".cs", StringComparison.Ordinal)), code => Assert.True(
                sources.Exists(file => file.EndsWith("/" + code, StringComparison.Ordinal)), $"{page.Path}: {code}"));
            var made = page.Blocks.Select(block => block.File);
            Assert.All(page.Code.Where(code => RootPath().IsMatch(code)).Except(made), code => Assert.True(
                Path.Exists(Path.Combine(Repository.Root, code.Split(' ')[0])), $"{page.Path}: {code}"));
        }
    }

    private static void NamedIn(Page page, IEnumerable<string> names) =>
        Assert.All(names, name => Assert.Contains(name, page.Code));

    private static List<string> Literals(string folder, Regex literal) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => literal.Matches(File.ReadAllText(file))).Select(found => found.Groups["name"].Value)
            .Distinct().Order(),
    ];

    private static IEnumerable<string> Texts<T>() where T : Code => Codes.List(typeof(T)).Select(code => code.Text);

    private static IEnumerable<string> Paths(KeyTable table) => table.Known.SelectMany(
        of => of.Value, (of, key) => of.Key.Length == 0 ? key : $"{of.Key}{table.Separator}{key}");

    // A value of the kind that the range is of, and outside it.
    private static string Beyond(string range) => range switch
    {
        "1 to 60" => "?",
        _ when range.Contains(':', StringComparison.Ordinal) => "25:00",
        _ when char.IsAsciiLetter(range[^1]) => "99999d",
        _ => "999999",
    };

    [GeneratedRegex("^(?<least>[0-9:,]+[smhd]?) to (?<most>[0-9:,]+[smhd]?)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Range();

    [GeneratedRegex("^(?<least>[0-9.]+[smhd%]?) to (?<most>[0-9,]+[smhd%]?)(, .*)?$", RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Bounds();

    [GeneratedRegex("new Alarm\\([^\"]*\"(?<name>[a-z-]+)(\"| \\{)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AlarmKinds();

    [GeneratedRegex("PeriodicTask(\\.Simple)?\\(\\s*\"(?<name>[a-z]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TaskNames();

    [GeneratedRegex("\"(?<name>proactive_care\\.[a-z_.]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricNames();

    [GeneratedRegex("^proactive_care\\.[a-z_.]+$", RegexOptions.None, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex("^Commands:\n(?<line>  (?<verb>[a-z]+) .*\n)+",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HelpLines();

    [GeneratedRegex("`[a-zA-Z]+`[?]?", RegexOptions.None, 1000)]
    private static partial Regex FieldNames();

    [GeneratedRegex("^  (-., )*(?<name>--[a-z]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OptionNames();

    [GeneratedRegex("^(scripts|tests|src|jobs|docs)/[^ ]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RootPath();
}
