using System.Globalization;
using System.Text;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.RefundFile;

/// <summary>
/// An answer file: a CSV with a header of credit_id, status (accepted or refused), and optionally reference, reason,
/// amount, currency.
/// </summary>
/// <param name="Answers">The good lines.</param>
/// <param name="Problems">The problems of the others.</param>
internal sealed record RefundAnswers(IReadOnlyList<PaymentAnswer> Answers, IReadOnlyList<string> Problems)
{
    private static readonly string[] Known = ["credit_id", "status", "reference", "reason", "amount", "currency"];

    private static readonly Kind Kind =
        new("refund answers", "", [.. Known.Select(name => new Column(name, FieldParsers.Text, false, name))]);

    /// <summary>Whether the file ends where a line ends; if not, somebody may still be writing it.</summary>
    public static bool IsWhole(byte[] content) => content is [.., (byte)'\n'];

    public static RefundAnswers Parse(byte[] content)
    {
        var answers = new List<PaymentAnswer>();
        var problems = new List<string>();
        try
        {
            var lines = new LineReader(new MemoryStream(content));
            if (content.AsSpan().StartsWith("\uFEFF"u8)) lines.Skip(lines.Peek(3).Length);
            // With line breaks in quotes, two stray quotes would swallow the answers between them.
            var rows = new CsvRows(lines, Kind, (_, names) => WrongHeader(names)) { Multiline = false };
            while (rows.Read())
            {
                if (Read(rows, out var problem) is { } answer) answers.Add(answer);
                else problems.Add(On(lines.Number, problem));
            }
        }
        catch (ImportException e)
        {
            problems.Add(e.Message);
        }
        return new RefundAnswers(answers, problems);
    }

    public static string On(long line, string problem) => $"Line {line}: {problem}.";

    private static string? WrongHeader(List<string> columns)
    {
        if (columns.Except(Known).FirstOrDefault() is { } unknown)
            return $"The header has an unknown column '{unknown}': choose from {string.Join(", ", Known)}.";
        if (columns.Distinct().Count() != columns.Count) return "The header names a column twice.";
        return columns.Contains("credit_id") && columns.Contains("status")
            ? null
            : "The header has to name at least the columns credit_id and status.";
    }

    private static PaymentAnswer? Read(CsvRows rows, out string problem)
    {
        var row = Known.Select((name, i) => (name, Text: Encoding.UTF8.GetString(rows[i]).Trim()))
            .ToDictionary(cell => cell.name, cell => cell.Text, StringComparer.Ordinal);
        problem = "";
        if (rows.Reason is { } reason)
            problem = rows.QuotesBroken ? "its quotes are broken" : reason;
        else if (!long.TryParse(row["credit_id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            problem = $"'{row["credit_id"]}' is not the number of a credit";
        else if (row["status"] is not ("accepted" or "refused"))
            problem = $"the status '{row["status"]}' is neither accepted nor refused";
        else if (ReadAmount(row, out var amount) is { } wrong)
            problem = wrong;
        else
            return new PaymentAnswer((int)rows.Lines.Number, new CreditId(id), row["status"] == "accepted",
                Text(row["reference"]), Text(row["reason"]), amount);
        return null;
    }

    private static string? ReadAmount(Dictionary<string, string> row, out Money? amount)
    {
        amount = null;
        if (row["amount"].Length == 0) return null;
        try
        {
            amount = Money.Parse(row["amount"], Currency.Of(row["currency"]));
            return null;
        }
        catch (FormatException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static string? Text(string cell) => cell.Length > 0 ? cell : null;
}
