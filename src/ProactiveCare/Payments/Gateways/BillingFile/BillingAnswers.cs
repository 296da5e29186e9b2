using System.Text.Unicode;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.BillingFile;

/// <summary>
/// An answer file: a CSV with a header of credit_id, status (accepted or refused), and optionally reference, reason,
/// amount, currency and the columns of the file that it answers. The names may have any case, order and separators of
/// words; the columns are separated by commas, semicolons, tabs or bars. Only lines with a line end are read.
/// </summary>
/// <param name="Answers">The valid lines.</param>
/// <param name="Problems">The problems of the other lines; of line 0 where the file is refused as a whole.</param>
/// <param name="CutLine">The number of a last line without an end; 0 when there is none.</param>
internal sealed record BillingAnswers(
    IReadOnlyList<PaymentAnswer> Answers, IReadOnlyList<(int Line, string Text)> Problems, int CutLine)
{
    private static readonly string[] Needed = ["credit_id", "status"];

    private static readonly string[] Known =
        [.. ((string[])[.. Needed, "reference", "reason", "amount", "currency"]).Union(BillingFiles.Columns)];

    public static BillingAnswers Parse(byte[] content)
    {
        if (NotText.Of(content) is { } what) return Refused($"The file is {what}.");
        var text = content.AsSpan().StartsWith("\uFEFF"u8) ? content.AsSpan(3) : content;
        var end = text.LastIndexOf((byte)'\n') + 1;
        var lines = Encoding.UTF8.GetString(text[..end]).Split('\n');
        var cut = text[end..].Trim(" \t\r"u8).IsEmpty ? 0 : lines.Length;
        var (answers, problems) = (new List<PaymentAnswer>(), new List<(int, string)>());
        Header? header = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var (line, number) = (lines[i].Trim('\r', '\uFEFF'), i + 1);
            if (string.IsNullOrWhiteSpace(line) || Header.NamesSeparator(line)) continue;
            // A file put together from several has several headers.
            if (Header.Read(line) is { } next) header = next;
            else if (header is null) return Refused(Header.WhyNot(line));
            else if (Read(header, line, number, out var problem) is { } answer) answers.Add(answer);
            else problems.Add((number, On(number, problem)));
        }
        return new BillingAnswers(answers, problems, cut);
    }

    public static string On(long line, string problem) => $"Line {line}: {problem}.";

    private static BillingAnswers Refused(string why) => new([], [(0, why)], 0);

    private static PaymentAnswer? Read(Header header, string line, int number, out string problem)
    {
        problem = "";
        if (header.Cells(line, out problem) is not { } row) return null;
        var status = row("status").ToLowerInvariant();
        if (!long.TryParse(row("credit_id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            problem = $"'{HarmlessText.Shown(row("credit_id"))}' is not the number of a credit";
        else if (status is not ("accepted" or "refused" or "rejected"))
            problem = $"the status '{HarmlessText.Shown(row("status"))}' is neither accepted nor refused";
        else if (ReadAmount(row("amount"), row("currency"), out var amount) is { } wrong)
            problem = wrong;
        else
            return new PaymentAnswer(
                number, new CreditId(id), status == "accepted", Text(row("reference")), Text(row("reason")), amount)
            {
                Key = Text(row("idempotency_key")),
            };
        return null;
    }

    private static string? ReadAmount(string text, string currency, out Money? amount)
    {
        amount = null;
        if (text.Length == 0) return null;
        try
        {
            amount = Money.Parse(text, Currency.Of(currency.ToUpperInvariant()));
            return null;
        }
        catch (FormatException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static string? Text(string cell) => cell.Length > 0 ? cell : null;

    /// <summary>The columns of a file and what separates them.</summary>
    private sealed record Header(char Separator, string[] Names)
    {
        private const string Separators = ",;\t|";

        /// <summary>Whether a line is the one by which spreadsheets name the separator.</summary>
        public static bool NamesSeparator(string line) =>
            line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && line.Length == 5;

        /// <summary>The header in a line; null when it is none.</summary>
        public static Header? Read(string line) =>
            Separators.Select(separator => Candidate(line, separator))
                .FirstOrDefault(header => WhyNot(header) is null);

        public static string WhyNot(string line)
        {
            var closest = Separators.Select(separator => Candidate(line, separator))
                .MaxBy(header => header.Names.Count(Known.Contains))!;
            return $"{WhyNot(closest)} The first line has to name the columns, such as {string.Join(',', Known[..4])}.";
        }

        /// <summary>The trimmed cells of a line by their column's name; null when they do not fit it.</summary>
        public Func<string, string>? Cells(string line, out string problem)
        {
            problem = "";
            if (line.Contains('\uFFFD', StringComparison.Ordinal)) problem = "it is not UTF-8 text";
            else if (Split(line, Separator) is not { } cells) problem = "its quotes are broken";
            else if (cells.Count < Names.Length || cells.Skip(Names.Length).Any(cell => cell.Length > 0))
                problem = $"it has {cells.Count} {(cells.Count == 1 ? "field" : "fields")}, the header has "
                    + $"{Names.Length}";
            else
                return name => Array.IndexOf(Names, name) is var at and >= 0 ? cells[at] : "";
            return null;
        }

        private static Header Candidate(string line, char separator)
        {
            var names = (Split(line, separator) ?? [line]).ConvertAll(Name);
            while (names.Count > 1 && names[^1].Length == 0) names.RemoveAt(names.Count - 1);
            return new Header(separator, [.. names]);
        }

        // CREDIT ID, Credit-Id and creditId are credit_id.
        private static string Name(string cell)
        {
            var word = Letters(cell);
            return Array.Find(Known, name => Letters(name) == word) ?? cell;
        }

        private static string Letters(string name) =>
            string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

        private static string? WhyNot(Header header)
        {
            if (Array.Find(header.Names, name => !Known.Contains(name)) is { } unknown)
                return $"The header has an unknown column '{HarmlessText.Shown(unknown)}': choose from "
                    + $"{string.Join(", ", Known)}.";
            if (header.Names.Distinct().Count() != header.Names.Length) return "The header names a column twice.";
            return Needed.All(header.Names.Contains)
                ? null
                : "The header has to name at least the columns credit_id and status.";
        }

        // Null where quotes are wrong. A field does not go on in the next line: two stray quotes would swallow the
        // answers between them.
        private static List<string>? Split(string line, char separator)
        {
            var cells = new List<string>();
            for (var at = 0; ; at++)
            {
                var end = line.IndexOf(separator, at) is var next and >= 0 ? next : line.Length;
                if (line.AsSpan(at, end - at).TrimStart(' ') is not ['"', ..])
                {
                    var plain = line[at..end].Trim();
                    if (plain.Contains('"', StringComparison.Ordinal)) return null;
                    cells.Add(plain);
                    at = end;
                }
                else if (Unquote(line, ref at) is { } quoted)
                    cells.Add(quoted);
                else
                    return null;
                if (at == line.Length) return cells;
                if (line[at] != separator) return null;
            }
        }

        private static string? Unquote(string line, ref int at)
        {
            var cell = new StringBuilder();
            var from = line.IndexOf('"', at) + 1;
            while (line.IndexOf('"', from) is var quote and >= 0)
            {
                cell.Append(line, from, quote - from);
                from = quote + 2;
                at = quote + 1;
                if (at < line.Length && line[at] == '"') cell.Append('"');
                else
                {
                    while (at < line.Length && line[at] == ' ') at++;
                    return cell.ToString().Trim();
                }
            }
            return null;
        }
    }
}
