using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.RefundFile;

/// <summary>Refunds through numbered files in a folder. Billing picks up <c>out/refunds-000001.csv</c> and answers with
/// <c>in/refunds-000001.ack.csv</c>, written under another name and renamed when complete. A line carries an
/// idempotency key: billing pays a key once.</summary>
/// <remarks>Nodes that share a database share the folder without coordination. The state of every refund is in the
/// database, so two nodes that write a file write the same, and an answer that both read has an effect once. A node
/// that paused may write a file again which billing has taken away: its keys are paid already.</remarks>
/// <param name="folder">The folder, with <c>out</c> and <c>in</c>; created when needed.</param>
/// <param name="maxLines">The maximum number of lines in a file.</param>
public sealed class RefundFileGateway(string folder, int maxLines = 10_000) : IPaymentGateway
{
    /// <inheritdoc/>
    public string Name => "refund-file";

    /// <inheritdoc/>
    public string Account => ProactiveCare.Ledger.Account.Gateway(Name);

    /// <inheritdoc/>
    public int MostPerBatch => maxLines;

    /// <inheritdoc/>
    public bool PaysByPosting => false;

    /// <inheritdoc/>
    public string NameOf(long batch) => RefundFiles.Name(batch);

    /// <inheritdoc/>
    public BatchResult Send(PaymentBatch batch)
    {
        var path = Inside("out", RefundFiles.Name(batch.Number));
        return DurableFile.Place(path, RefundFiles.Content(batch.Payments))
            ? new BatchResult(BatchStatus.Taken)
            : new BatchResult(
                BatchStatus.NotSent,
                $"{path} is there already with other content, so its refunds are not sent. "
                + "Find out who wrote it, and move it away.");
    }

    /// <inheritdoc/>
    /// <remarks>Files cannot be queried; billing answers later, or a person does.</remarks>
    public PaymentAnswer? LookUp(Payment payment) => null;

    /// <inheritdoc/>
    public IEnumerable<AnswerDocument> ReadAnswers(Action<string> troubled)
    {
        foreach (var needed in (string[])["out", "in/done", "in/rejected"]) DurableFolder.Create(Inside(needed));
        foreach (var path in Directory.EnumerateFiles(Inside("in"), "*.csv").Order(StringComparer.Ordinal))
        {
            AnswerDocument? document = null;
            try
            {
                document = Read(path, troubled);
            }
            catch (FileNotFoundException)
            {
                // Another node has stored and moved it.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                troubled(Unusable(path, e));
            }
            if (document is not null) yield return document;
        }
    }

    private AnswerDocument? Read(string path, Action<string> troubled)
    {
        var name = Path.GetFileName(path);
        if (RefundFiles.BatchOf(name) is not { } batch)
        {
            var example = $"{RefundFiles.AnswerName(1)} answers {RefundFiles.Name(1)}";
            if (Reject(path, [$"The name {name} is not one of an answer: {example}."]) is { } trouble)
                troubled(trouble);
            return null;
        }
        var content = File.ReadAllBytes(path);
        if (!RefundAnswers.IsWhole(content))
        {
            troubled($"{path} ends in the middle of a line and waits until it is whole (a line break at its end).");
            return null;
        }
        var parsed = RefundAnswers.Parse(content);
        return new AnswerDocument(batch, parsed.Answers, problems => Acknowledge(
            path, [.. parsed.Problems, .. problems.Select(p => RefundAnswers.On(p.Line, p.Problem))]));
    }

    private string? Acknowledge(string path, IReadOnlyList<string> problems)
    {
        try
        {
            if (problems.Count > 0) return Reject(path, problems);
            CrashPoint.At("RefundFileGateway.Acknowledge:applied");
            Move(path, DurableFile.FreeName(Inside("in", "done"), Path.GetFileName(path)));
            CrashPoint.At("RefundFileGateway.Acknowledge:moved");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable(path, e);
        }
    }

    private string? Reject(string path, IReadOnlyList<string> problems)
    {
        var to = DurableFile.FreeName(Inside("in", "rejected"), Path.GetFileName(path));
        var reason = to + ".reason.txt";
        File.WriteAllLines(reason, ["These lines were not applied; all others were.", .. problems]);
        CrashPoint.At("RefundFileGateway.Reject:explained");
        if (!Move(path, to))
        {
            // Another node has rejected it, under this name or the previous one.
            if (!File.Exists(to)) File.Delete(reason);
            return null;
        }
        CrashPoint.At("RefundFileGateway.Reject:moved");
        return $"{to}: {problems.Count} lines of an answer from billing were not applied; "
            + "see the .reason.txt beside it.";
    }

    private static string Unusable(string path, Exception e) =>
        $"{path} cannot be read or moved and will be tried again: {e.Message}";

    // False when another node was first.
    private static bool Move(string from, string to)
    {
        try
        {
            DurableFolder.Move(from, to);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private string Inside(params string[] parts) => Path.Combine([folder, .. parts]);
}

/// <summary>The names and the content of refund files.</summary>
public static class RefundFiles
{
    /// <summary>The name of a batch's file in <c>out</c>.</summary>
    public static string Name(long batch) => $"refunds-{batch.ToString("000000", CultureInfo.InvariantCulture)}.csv";

    internal static string AnswerName(long batch) =>
        $"refunds-{batch.ToString("000000", CultureInfo.InvariantCulture)}.ack.csv";

    /// <summary>The number in the name of an answer file; null when it is no such name.</summary>
    internal static long? BatchOf(string answerName) =>
        answerName.StartsWith("refunds-", StringComparison.Ordinal)
        && long.TryParse(
            answerName.AsSpan(8).TrimEnd(".ack.csv"), NumberStyles.None, CultureInfo.InvariantCulture, out var batch)
        && answerName == AnswerName(batch)
            ? batch
            : null;

    internal static byte[] Content(IReadOnlyList<Payment> payments)
    {
        using var content = new MemoryStream();
        using (var csv = new CsvWriter(content))
        {
            csv.Row(
                "credit_id", "purchase_id", "payment_ref", "amount", "currency", "customer_number", "idempotency_key");
            foreach (var payment in payments)
            {
                csv.Row(
                    payment.CreditId.ToString(), payment.PurchaseId.ToString() ?? "", payment.PaymentRef ?? "",
                    payment.Amount.Decimal, payment.Currency.Code,
                    payment.CustomerNumber.ToString(CultureInfo.InvariantCulture), payment.Key);
            }
        }
        return content.ToArray();
    }
}

/// <summary>
/// An answer file: a CSV with a header of credit_id, status (accepted or refused), and optionally reference, reason,
/// amount, currency.
/// </summary>
/// <param name="Answers">The valid lines.</param>
/// <param name="Problems">The problems of the other lines.</param>
internal sealed record RefundAnswers(IReadOnlyList<PaymentAnswer> Answers, IReadOnlyList<string> Problems)
{
    private static readonly string[] Known = ["credit_id", "status", "reference", "reason", "amount", "currency"];

    private static readonly Kind Kind =
        new("refund answers", "", [.. Known.Select(name => new Column(name, FieldParsers.Text, false, name))]);

    /// <summary>Whether the file ends with a line end; if not, it may still be being written.</summary>
    public static bool IsWhole(byte[] content) => content is [.., (byte)'\n'];

    public static RefundAnswers Parse(byte[] content)
    {
        var answers = new List<PaymentAnswer>();
        var problems = new List<string>();
        try
        {
            var lines = new LineReader(new MemoryStream(content));
            if (content.AsSpan().StartsWith("\uFEFF"u8)) lines.Skip(lines.Peek(3).Length);
            // With line breaks allowed in quotes, two stray quotes would swallow the answers between them.
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
