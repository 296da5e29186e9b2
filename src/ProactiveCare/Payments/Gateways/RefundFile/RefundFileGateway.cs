using System.Data.Common;
using Dapper;
using ProactiveCare.Ledger;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments.Gateways.RefundFile;

/// <summary>
/// Refunds through numbered files in a folder. Billing picks up <c>refunds/out/refunds-000001.csv</c> and
/// answers with <c>refunds/in/refunds-000001.ack.csv</c>, written under another name and renamed when whole. A line
/// carries an idempotency key: billing pays a key once.
/// </summary>
/// <remarks>
/// Nodes that share a database share the folder, and none of them knows what the others do in it. The state of every
/// refund is in the database, so two that write a file write the same, and an answer that both read changes something
/// once. One that stood still may write a file again which billing has taken away: the keys in it are paid already.
/// </remarks>
public sealed class RefundFileGateway(TimeProvider time, int maxLines = 10_000) : IPaymentGateway
{
    /// <inheritdoc/>
    public string Name => "refund-file";

    /// <summary>The folder; null for <c>refunds</c> in the data folder.</summary>
    public string? Folder { get; init; }

    /// <inheritdoc/>
    public async Task<SettlementReport> RunOnce(Store store, SettlementEvents events)
    {
        foreach (var folder in (string[])["out", "in/done", "in/rejected"])
            DurableFolder.Create(Inside(store, folder));
        // Answers first: one proves that its file was there, so a file that billing has taken away is not written
        // again.
        var report = await TakeAnswers(store, events);
        report += new SettlementReport(await Number(store), 0, 0, []);
        return report + await WriteFiles(store);
    }

    internal async Task<int> Number(Store store)
    {
        var sent = 0;
        while (await store.Write(db => RefundFiles.Number(db, Name, maxLines, time.Now())) is > 0 and var lines)
            sent += lines;
        return sent;
    }

    internal async Task<SettlementReport> WriteFiles(Store store)
    {
        var report = SettlementReport.Nothing;
        foreach (var batch in store.Read(RefundFiles.Unwritten))
        {
            // Another node may have written it since, and billing have taken it away.
            if (!store.Read(RefundFiles.Unwritten).Contains(batch)) continue;
            var path = Inside(store, "out", RefundFiles.Name(batch));
            if (DurableFile.Place(path, store.Read(db => RefundFiles.Content(db, batch))))
            {
                await store.Write(db => RefundFiles.MarkWritten(db, batch, time.Now()));
            }
            else
            {
                report += SettlementReport.Trouble(
                    $"{path} is there already with other content, so its refunds are not sent. "
                    + "Find out who wrote it, and move it away.");
            }
        }
        return report;
    }

    internal async Task<SettlementReport> TakeAnswers(Store store, SettlementEvents events)
    {
        var report = SettlementReport.Nothing;
        foreach (var path in Directory.EnumerateFiles(Inside(store, "in"), "*.csv").Order(
            StringComparer.Ordinal))
        {
            try
            {
                report += await TakeFile(store, events, path);
            }
            catch (FileNotFoundException)
            {
                // Another node has taken it and moved it away.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                report += SettlementReport.Trouble(
                    $"{path} cannot be read or moved and will be tried again: {e.Message}");
            }
        }
        return report;
    }

    private async Task<SettlementReport> TakeFile(Store store, SettlementEvents events, string path)
    {
        var name = Path.GetFileName(path);
        if (RefundFiles.BatchOf(name) is not { } batch)
            {
            var example = $"{RefundFiles.AnswerName(1)} answers {RefundFiles.Name(1)}";
            return Reject(store, path, [$"The name {name} is not one of an answer: {example}."]);
        }
        var content = await File.ReadAllBytesAsync(path);
        if (!RefundAnswers.IsWhole(content))
            return SettlementReport.Trouble(
                $"{path} ends in the middle of a line and waits until it is whole (a line break at its end).");
        var parsed = RefundAnswers.Parse(content);
        var applied = await Apply(store, events, batch, parsed);
        // Our own trouble is no fault of the file: it stays and is taken again, which changes nothing that it changed
        // before.
        if (applied.Report.Troubles.Count > 0) return applied.Report;
        if (applied.Problems.Count > 0) return applied.Report + Reject(store, path, applied.Problems);
        CrashPoint.At("RefundFileGateway.TakeFile:applied");
        Move(path, DurableFile.FreeName(Inside(store, "in", "done"), name));
        CrashPoint.At("RefundFileGateway.TakeFile:moved");
        return applied.Report;
    }

    private async Task<(SettlementReport Report, List<string> Problems)> Apply(
        Store store, SettlementEvents events, long batch, RefundAnswers parsed)
    {
        var report = SettlementReport.Nothing;
        var problems = parsed.Problems.ToList();
        var works = parsed.Answers
            .Select(answer => (answer, work: store.Write(db => Take(db, batch, answer, events)))).ToList();
        foreach (var (answer, work) in works)
        {
            try
            {
                var (problem, changed) = await work;
                if (problem is not null) problems.Add(RefundAnswers.On(answer.Line, problem));
                else if (changed)
                    report += new SettlementReport(0, answer.Accepted ? 1 : 0, answer.Accepted ? 0 : 1, []);
            }
            catch (Exception e)
            {
                report += SettlementReport.Trouble(
                    $"The answer to credit {answer.CreditId} in refund file {batch} could not be stored and will be "
                    + $"tried again: {e.Message}");
            }
        }
        return (report, problems);
    }

    private (string? Problem, bool Changed) Take(
        DbConnection db, long batch, RefundAnswer answer, SettlementEvents events)
    {
        var line = db.QuerySingleOrDefault<Line>(
            """
            SELECT amount_minor AS minor, currency, status, refund_line.reference
            FROM refund_line JOIN credit USING (credit_id)
            WHERE refund_line.batch = @batch AND credit_id = @CreditId
            """,
            new { batch, answer.CreditId });
        if (Problem(line, batch, answer) is { } problem) return (problem, false);
        if (line!.Status is not null) return (null, false);
        var now = time.Now();
        db.Execute(
            """
            UPDATE refund_line SET status = @status, reference = @Reference, reason = @Reason, answered_at = @now
            WHERE batch = @batch AND credit_id = @CreditId AND status IS NULL
            """,
            new { batch, answer.CreditId, status = Status(answer), answer.Reference, answer.Reason, now });
        RefundFiles.MarkWritten(db, batch, now);
        var said = new Settlement.Answer(
            answer.CreditId, Name, answer.Accepted ? answer.Reference : answer.Reason ?? "no reason given", now);
        var changed = answer.Accepted
            ? Settlement.Settle(db, said, CreditState.Settling, Account.Gateway(Name), events)
            : Settlement.Fail(db, said, events);
        return changed
            ? (null, true)
            : throw new PaymentException($"credit {answer.CreditId} is not being settled");
    }

    /// <summary>Why an answer cannot be taken; null when it can, or was taken already.</summary>
    private static string? Problem(Line? line, long batch, RefundAnswer answer)
    {
        if (line is null) return $"credit {answer.CreditId} is not in {RefundFiles.Name(batch)}";
        var sent = new Money(line.Minor, line.Currency);
        if (answer.Amount is { } amount && amount != sent)
            return $"credit {answer.CreditId} was sent as {sent}, not {amount}";
        if (line.Status is null) return null;
        return line.Status == Status(answer) && line.Reference == answer.Reference
            ? null
            : $"credit {answer.CreditId} was answered before as {line.Status} {line.Reference}".TrimEnd();
    }

    private static string Status(RefundAnswer answer) => answer.Accepted ? "accepted" : "refused";

    private SettlementReport Reject(Store store, string path, IReadOnlyList<string> problems)
    {
        var to = DurableFile.FreeName(Inside(store, "in", "rejected"), Path.GetFileName(path));
        var reason = to + ".reason.txt";
        File.WriteAllLines(reason, ["These lines were not applied; all others were.", .. problems]);
        CrashPoint.At("RefundFileGateway.Reject:explained");
        if (!Move(path, to))
        {
            // Another node has rejected it, under this name or the one before.
            if (!File.Exists(to)) File.Delete(reason);
            return SettlementReport.Nothing;
        }
        CrashPoint.At("RefundFileGateway.Reject:moved");
        return SettlementReport.Trouble(
            $"{to}: {problems.Count} lines of an answer from billing were not applied; see the .reason.txt beside it.");
    }

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

    private string Inside(Store store, params string[] parts) =>
        Path.Combine([Folder ?? store.Folder.Inside("refunds"), .. parts]);

    private sealed record Line(long Minor, Currency Currency, string? Status, string? Reference);
}
