using System.Diagnostics;
using System.Text;
using System.Text.Json;
using NodaTime;
using ProactiveCare.Ledger;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Ledger;

public sealed class LedgerExportTests : IDisposable
{
    private readonly Installed here = new("2026-03-14T23:30:00Z");

    public LedgerExportTests() => Books.Fill(here, 60);

    public void Dispose() => here.Dispose();

    [Fact]
    public void Hledger_accepts_the_export_strictly_and_adds_up_the_same()
    {
        var file = Export("hledger", "books.journal");
        Run("hledger", "-f", file, "check", "--strict", "ordereddates");
        Assert.Contains("-1237 JPY", Run("hledger", "-f", file, "reg", "liability:customers:1$"));
        Assert.Contains("-2.474 KWD", Run("hledger", "-f", file, "reg", "liability:customers:2$"));
        Assert.Equal("0", Run("hledger", "-f", file, "bal", "--depth", "1").TrimEnd().Split('\n')[^1].Trim());
        Assert.Contains("2026-03-15 * (credit:1:owed)", File.ReadAllText(file));
    }

    [Fact]
    public void Beancount_accepts_the_export()
    {
        var file = Export("beancount", "books.beancount");
        Assert.Equal("", Run("bean-check", file).Trim());
        var text = File.ReadAllText(file);
        Assert.Contains("  Expenses:Goodwill:2-job-2  ", text);
        Assert.Contains("  Income:Contra-revenue:Price:1-job-1  1237 JPY", text);
        Assert.Contains("  Assets:Gateway:Refund-file  -0.01 USD", text);
    }

    [Fact]
    public void Customers_are_named_as_the_company_knows_them_where_that_is_asked_for()
    {
        using var paying = new ProactiveCare.Tests.Payments.Paying();
        paying.Create(paying.Refund("4.99"));
        foreach (var format in LedgerExport.Formats)
            foreach (var names in (bool[])[true, false])
            {
                using var output = new MemoryStream();
                paying.Here.Read(db =>
                {
                    LedgerExport.Write(db, format, DateTimeZone.Utc, output, names);
                    return true;
                });
                var text = System.Text.Encoding.UTF8.GetString(output.ToArray());
                Assert.Equal(names, System.Text.RegularExpressions.Regex.IsMatch(
                    text, @"\bc1\b", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
                Assert.Matches("[Cc]ustomers:1", text);
            }
    }

    [Fact]
    public void Empty_books_are_accepted_too()
    {
        using var empty = new Installed();
        foreach (var format in LedgerExport.Formats)
        {
            using var output = new MemoryStream();
            empty.Read(db =>
            {
                LedgerExport.Write(db, format, DateTimeZone.Utc, output);
                return true;
            });
            Assert.NotEqual(0, output.Length);
        }
    }

    [Fact]
    public void Csv_has_exact_decimals_and_no_formulas()
    {
        var rows = Cells(Export("csv", "books.csv"), "account", "debit", "credit", "currency", "memo", "date")
            .ConvertAll(c => (Account: c[0], Debit: c[1], Credit: c[2], Currency: c[3], Memo: c[4], Date: c[5]));
        Assert.Equal(240, rows.Count);
        Assert.Equal(("liability:customers:2", "", "2.474", "KWD"), (
            rows[5].Account, rows[5].Debit, rows[5].Credit, rows[5].Currency));
        Assert.All(rows, row => Assert.StartsWith("'=SUM", row.Memo));
        Assert.Equal("2026-03-15", rows[0].Date);
        Assert.All(
            rows.GroupBy(row => row.Currency),
            group => Assert.Equal(group.Sum(row => Number(row.Debit)), group.Sum(row => Number(row.Credit))));
    }

    [Theory]
    [InlineData("plain", "plain", "plain")]
    [InlineData("", "", "")]
    [InlineData(" a ", " a ", " a ")]
    [InlineData("a,b", "\"a,b\"", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"", "\"a\nb\"")]
    [InlineData("a\rb", "\"a\rb\"", "\"a\rb\"")]
    [InlineData("=1", "=1", "\"'=1\"")]
    [InlineData("+1", "+1", "\"'+1\"")]
    [InlineData("-5.00", "-5.00", "\"'-5.00\"")]
    [InlineData("@x", "@x", "\"'@x\"")]
    [InlineData("\tx", "\tx", "\"'\tx\"")]
    [InlineData("\rx", "\"\rx\"", "\"'\rx\"")]
    [InlineData("=\"a\",b", "\"=\"\"a\"\",b\"", "\"'=\"\"a\"\",b\"")]
    public void Csv_cells_are_quoted_where_needed_and_guarded_for_spreadsheets(
        string cell, string plain, string guarded)
    {
        Assert.Equal($"{plain},z\n", Written(cell, guarded: false));
        Assert.Equal($"{guarded},z\n", Written(cell, guarded: true));
    }

    [Fact]
    public void Json_is_one_array_with_amounts_as_decimal_strings()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Export("json", "books.json")));
        Assert.Equal(60, json.RootElement.GetArrayLength());
        var posting = json.RootElement[3].GetProperty("postings")[1];
        string? Text(string name) => posting.GetProperty(name).GetString();
        Assert.Equal(
            ("liability:customers:4", "-0.4948", "CLF"),
            (Text("account"), Text("amount"), Text("currency")));
        Assert.Equal(4, json.RootElement[3].GetProperty("caseId").GetInt64());
    }

    [Fact]
    public void Unknown_format_is_refused_with_the_choices() =>
        Assert.Contains(
            "hledger, beancount, csv, json", Assert.Throws<FormatException>(() => Export("xls", "x")).Message);

    private static decimal Number(string text) =>
        text.Length == 0 ? 0 : decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private string Export(string format, string name)
    {
        var path = here.Folder.Inside(name);
        using var output = File.Create(path);
        here.Read(db =>
        {
            LedgerExport.Write(db, format, DateTimeZoneProviders.Tzdb["Europe/Berlin"], output);
            return true;
        });
        return path;
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["LANG"] = "C.UTF-8";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException(
                $"{program} is needed by this test: apt-get install hledger beancount", e);
        }
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}{output}");
            return output + error.Result;
        }
    }

    private static string Written(string cell, bool guarded)
    {
        using var output = new MemoryStream();
        using (var csv = new CsvWriter(output, guarded)) csv.Row(cell, "z");
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static List<string[]> Cells(string file, params string[] columns)
    {
        using var stream = File.OpenRead(file);
        var header = File.ReadLines(file).First().Split(',');
        var kind = new Kind("books", "", [.. header.Select(name => new Column(name, FieldParsers.Text, false, name))]);
        var rows = new CsvRows(new LineReader(stream), kind, CsvRows.ImportRefusal);
        var cells = new List<string[]>();
        while (rows.Read())
        {
            Assert.Null(rows.Reason);
            cells.Add([.. columns.Select(name => Encoding.UTF8.GetString(rows[kind.Place(name)]))]);
        }
        return cells;
    }
}
