using System.Globalization;
using System.Text;
using CsvHelper;

namespace ProactiveCare.Payments.Gateways.RefundFile;

/// <summary>
/// An answer file: a CSV with a header of credit_id, status (accepted or refused), and optionally reference, reason,
/// amount, currency.
/// </summary>
/// <param name="Answers">The good lines.</param>
/// <param name="Problems">What is wrong with the others.</param>
internal sealed record RefundAnswers(IReadOnlyList<PaymentAnswer> Answers, IReadOnlyList<string> Problems)
{
    private static readonly string[] Known = ["credit_id", "status", "reference", "reason", "amount", "currency"];

    /// <summary>Whether the file ends where a line ends; if not, somebody may still be writing it.</summary>
    public static bool IsWhole(byte[] content) => content is [.., (byte)'\n'];

    public static RefundAnswers Parse(byte[] content)
    {
        var answers = new List<PaymentAnswer>();
        var problems = new List<string>();
        using var csv = CsvReader.Create(content, new CsvReaderOptions
        {
            Separator = ',',
            Encoding = Encoding.UTF8,
            AllowLineBreaksInQuotes = false,
            TrimWhitespace = true,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            OnMalformedRecord = bad => problems.Add(On(bad.LineNumber, "its quotes are broken")),
        });
        try
        {
            csv.ReadHeader();
            var columns = csv.Headers.ToArray();
            if (WrongHeader(columns) is { } wrong) return new RefundAnswers([], [wrong]);
            while (csv.Read())
            {
                var cells = Enumerable.Range(0, csv.FieldCount).Select(csv.GetString).ToArray();
                if (cells.Length != columns.Length)
                {
                    problems.Add(On(csv.LineNumber, $"it has {cells.Length} fields, the header has {columns.Length}"));
                    continue;
                }
                var row = columns.Zip(cells).ToDictionary(
                    pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
                if (Read(row, (int)csv.LineNumber, out var problem) is { } answer) answers.Add(answer);
                else problems.Add(On(csv.LineNumber, problem));
            }
        }
        catch (CsvFormatException e)
        {
            problems.Add($"The file is not a CSV file: {e.Message}");
        }
        return new RefundAnswers(answers, problems);
    }

    public static string On(long line, string problem) => $"Line {line}: {problem}.";

    private static string? WrongHeader(string[] columns)
    {
        if (columns.Except(Known).FirstOrDefault() is { } unknown)
            return $"The header has an unknown column '{unknown}': choose from {string.Join(", ", Known)}.";
        if (columns.Distinct().Count() != columns.Length) return "The header names a column twice.";
        return columns.Contains("credit_id") && columns.Contains("status")
            ? null
            : "The header has to name at least the columns credit_id and status.";
    }

    private static PaymentAnswer? Read(Dictionary<string, string> row, int line, out string problem)
    {
        problem = "";
        if (!long.TryParse(row["credit_id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            problem = $"'{row["credit_id"]}' is not the number of a credit";
        else if (row["status"] is not ("accepted" or "refused"))
            problem = $"the status '{row["status"]}' is neither accepted nor refused";
        else if (ReadAmount(row, out var amount) is { } wrong)
            problem = wrong;
        else
            return new PaymentAnswer(line, new CreditId(id), row["status"] == "accepted", Text(row, "reference"),
                Text(row, "reason"), amount);
        return null;
    }

    private static string? ReadAmount(Dictionary<string, string> row, out Money? amount)
    {
        amount = null;
        if (Text(row, "amount") is not { } number) return null;
        try
        {
            amount = Money.Parse(number, Currency.Of(Text(row, "currency") ?? ""));
            return null;
        }
        catch (FormatException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static string? Text(Dictionary<string, string> row, string column) =>
        row.GetValueOrDefault(column) is { Length: > 0 } text ? text : null;
}
