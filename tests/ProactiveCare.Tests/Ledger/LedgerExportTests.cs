using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CsvHelper;
using NodaTime;
using ProactiveCare.Ledger;

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
    public void The_csv_has_exact_decimals_and_no_formulas()
    {
        using var csv = CsvReader.Create(File.ReadAllBytes(Export("csv", "books.csv")));
        var rows = new List<(string Account, string Debit, string Credit, string Currency, string Memo, string Date)>();
        while (csv.Read())
        {
            rows.Add((
                csv.GetString("account"), csv.GetString("debit"), csv.GetString("credit"), csv.GetString("currency"),
                csv.GetString("memo"), csv.GetString("date")));
        }
        Assert.Equal(240, rows.Count);
        Assert.Equal(("liability:customers:2", "", "2.474", "KWD"), (
            rows[5].Account, rows[5].Debit, rows[5].Credit, rows[5].Currency));
        Assert.All(rows, row => Assert.StartsWith("'=SUM", row.Memo));
        Assert.Equal("2026-03-15", rows[0].Date);
        Assert.All(
            rows.GroupBy(row => row.Currency),
            group => Assert.Equal(group.Sum(row => Number(row.Debit)), group.Sum(row => Number(row.Credit))));
    }

    [Fact]
    public void The_json_is_one_array_with_amounts_as_decimal_strings()
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
    public void An_unknown_format_is_refused_with_the_choices() =>
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
}
