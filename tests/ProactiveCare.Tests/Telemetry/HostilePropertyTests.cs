using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>Properties of every file under any mutation. The random values are the same in every run.</summary>
public sealed class HostilePropertyTests : IDisposable
{
    // Values that have broken programs before, beside ordinary ones.
    private static readonly string[] Nasty =
    [
        "", " ", "a", "c1", "0", "-0", "1", "600", "1e308", "NaN", "Infinity", "-1", "9223372036854775807", "0x1F",
        "4.99", "999999999999.99", "USD", "JPY", "usd", "true", "false", "null", "en-US", "de", "UTC", "Asia/Kathmandu",
        "2026-03-14T10:00:00Z", "2026-03-14T11:00:00+01:00", "2026-03-14T10:00:00", "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "a@example.com", "a@b", "08015", "COZ036", "90", "-180", "{}", "[", "\"", "''", "\\",
        "\\u0000", "'; DROP TABLE session; --", "=1+1", "é", "🦊", "\u202Eabc", "%s", "{{title}}", "<script>", "../..",
    ];

    private static readonly Config Repeatable =
        Config.QuickThrowOnFailure.WithReplay(20_260_314UL, 3UL).WithMaxTest(30).WithQuietOnSuccess(true);

    private readonly Installed here = new();
    private int imports;

    public static TheoryData<string, string> Samples =>
    [
        .. HostileFile.All.Where(file => file.Refusal is null && file.Bytes.Length is > 100 and < 12_000)
            .Select(file => (file.Kind, file.Name)),
    ];

    public void Dispose() => here.Dispose();

    [Theory]
    [MemberData(nameof(Samples))]
    public void Rows_of_a_mutated_file_are_counted_and_a_reimport_changes_nothing(string kind, string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(HostileFile.Root, name));
        Prop.ForAll(Mutation.Some, mutations => IsAccountedFor(kind, Mutation.Spoil(whole, mutations), name))
            .Check(Repeatable.WithMaxTest(8));
    }

    [Theory]
    [InlineData("customers")]
    [InlineData("premises")]
    [InlineData("purchases")]
    [InlineData("refunds")]
    [InlineData("sessions")]
    [InlineData("events")]
    [InlineData("contacts")]
    public void Row_with_any_fields_is_stored_or_quarantined(string kind)
    {
        var columns = Kinds.All.Single(each => each.Name == kind).Inputs.Select(column => column.Name).ToArray();
        var rows =
            from count in Gen.Choose(1, 30)
            from fields in Gen.Elements(Nasty).ArrayOf(columns.Length).ArrayOf(count)
            select fields;
        Prop.ForAll(Arb.From(rows), fields =>
        {
            var csv = string.Join(',', columns) + "\n" + string.Concat(fields.Select(row =>
                string.Join(',', row.Select(field => '"' + field.Replace("\"", "\"\"", StringComparison.Ordinal) + '"'))
                + "\n"));
            var json = string.Concat(fields.Select(row => JsonSerializer.Serialize(
                columns.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second)) + "\n"));
            var first = IsAccountedFor(kind, Encoding.UTF8.GetBytes(csv), "x.csv");
            // The same rows in the other format are the same rows.
            var second = IsAccountedFor(kind, Encoding.UTF8.GetBytes(json), "x.ndjson");
            Assert.Equal((first!.Received, first.Quarantined), (second!.Received, second.Quarantined));
            Assert.Equal(0, second.Stored);
        }).Check(Repeatable);
    }

    [Fact]
    public void Valid_rows_between_any_others_are_stored()
    {
        var garbage = Gen.Choose(0, 255).Select(value => (byte)value)
            .Where(value => value is not (byte)'\n' and not (byte)'"').ArrayOf();
        Prop.ForAll(Arb.From(garbage.ArrayOf()), lines =>
        {
            var source = NextSource();
            byte[] bytes =
            [
                .. "contact_id,customer_id,contacted_at,topic\n"u8,
                .. lines.SelectMany((line, i) => line.Append((byte)'\n').Concat(Row(i))),
            ];
            Assert.True(here.Import("contacts", bytes, source: source).Stored >= lines.Length);
            Assert.Equal(lines.Length, here.One<long>(
                $"SELECT COUNT(*) FROM contact WHERE source = '{source}' AND topic = 'good'"));
        }).Check(Repeatable);

        static byte[] Row(int i) => Encoding.UTF8.GetBytes($"good{i},c1,2026-03-14T10:00:00Z,good\n");
    }

    private string NextSource() => string.Create(CultureInfo.InvariantCulture, $"s{++imports}");

    // Null when the file as a whole was refused.
    private ImportResult? IsAccountedFor(string kind, byte[] bytes, string name)
    {
        try
        {
            var result = here.Import(kind, bytes, name);
            Assert.Equal(result.Received, result.Stored + result.Revised + result.Duplicate + result.Quarantined);
            Assert.Equal(result.Quarantined, here.Read(db => Quarantine.List(db, result.ImportId)).Count);
            var arrived = here.Read(Arrivals.Latest);
            var again = here.Import(kind, bytes, name);
            Assert.Equal((result.Received, 0), (again.Received, again.Stored));
            if (result.Revised == 0) Assert.Equal((0, arrived), (again.Revised, here.Read(Arrivals.Latest)));
            return result;
        }
        catch (ImportException e)
        {
            Assert.NotEmpty(e.Message);
            return null;
        }
    }
}
