using System.Collections.Concurrent;
using System.IO.Hashing;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Payments.Gateways.BillingFile;

/// <summary>Payments through numbered files in a folder. Billing picks up <c>out/refunds-000001.csv</c> and answers
/// with <c>in/refunds-000001.ack.csv</c>. A line carries an idempotency key: billing pays a key once. An answer file is
/// read line by line as it grows; it stays until billing has answered everything, and while a line of it is refused.
/// </summary>
/// <remarks>Nodes that share a database share the folder without coordination. The state of every payment is in the
/// database, so two nodes that write a file write the same, and an answer that both read has an effect once. A node
/// that paused may write a file again which billing has taken away: its keys are paid already.</remarks>
/// <param name="files">The kind of the files.</param>
/// <param name="folder">The folder, with <c>out</c> and <c>in</c>; created when needed.</param>
/// <param name="time">The clock.</param>
/// <param name="maxLines">The maximum number of lines in a file.</param>
public sealed class BillingFileGateway(
    BillingFiles files, string folder, TimeProvider time, int maxLines = 10_000) : IPaymentGateway
{
    // A writer that pauses for longer has ended.
    private static readonly Duration Quiet = Duration.FromHours(1);

    // Answers as they were read last; a process that starts reads all of them again, which changes nothing.
    private readonly ConcurrentDictionary<string, ReadAnswer> read = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Name => files.Gateway;

    /// <inheritdoc/>
    public string Account => files.Account;

    /// <inheritdoc/>
    public int MostPerBatch => maxLines;

    /// <inheritdoc/>
    public bool PaysByPosting { get; init; }

    /// <inheritdoc/>
    public string NameOf(long batch) => files.Name(batch);

    /// <inheritdoc/>
    public BatchResult Send(PaymentBatch batch)
    {
        var (path, content) = (Inside("out", files.Name(batch.Number)), files.Content(batch.Payments));
        if (!DurableFile.Place(path, content))
        {
            return new BatchResult(
                BatchStatus.NotSent,
                $"{path} is there already with other content, so its payments are not sent. "
                + "Find out who wrote it, and move it away.");
        }
        // Billing takes the file away; a restored database learns from the copy what had left.
        DurableFile.Place(Inside(Archive, files.Name(batch.Number)), content);
        return new BatchResult(BatchStatus.Taken);
    }

    /// <inheritdoc/>
    public IEnumerable<FoundPayment> Find(Func<long, bool> wanted, Action<string> troubled)
    {
        if (!Directory.Exists(folder)) return [];
        var found = new Dictionary<string, FoundPayment>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", Everywhere).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (files.NumberIn(name) is not { } batch || files.BatchOf(name) is not null || !wanted(batch)) continue;
            try
            {
                foreach (var payment in files.Read(batch, File.ReadAllBytes(path))) found[payment.Key] = payment;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException
                or ImportException)
            {
                troubled($"{path} cannot be read, so it is not known which payments had left in it: {e.Message}");
            }
        }
        return found.Values;
    }

    /// <inheritdoc/>
    public string? NewerThan(long batch)
    {
        bool IsNewer(string path) => files.NumberIn(Path.GetFileName(path)) > batch;
        var seen = ((string[])["out", "in"]).Select(part => Inside(part)).Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles).FirstOrDefault(IsNewer);
        return seen ?? Next(batch).SelectMany(next => (string[])
            [Inside(Archive, files.Name(next)), Inside("in", "done", files.AnswerName(next))])
            .FirstOrDefault(File.Exists);
    }

    // The folders of what is done grow for ever, so the numbers that would come next are looked for.
    private static IEnumerable<long> Next(long batch)
    {
        var (epoch, number) = Epoch.Split(batch);
        for (var later = 0; later < 3; later++)
            for (var n = 1; n <= 50; n++)
                if (Epoch.Join(epoch + later, later == 0 ? number + n : n) is { } next) yield return next;
    }

    /// <inheritdoc/>
    /// <remarks>Files cannot be queried; billing answers later, or a person does.</remarks>
    public PaymentAnswer? LookUp(Payment payment) => null;

    /// <inheritdoc/>
    public IEnumerable<AnswerDocument> ReadAnswers(IReadOnlyCollection<long> open, Action<string> troubled)
    {
        foreach (var needed in (string[])["out", "in/done", Archive]) DurableFolder.Create(Inside(needed));
        var waiting = Directory.EnumerateFiles(Inside("in")).Where(IsOurs).Order(StringComparer.Ordinal).ToList();
        // A program that kept its file open goes on writing to it where it lies now.
        var moved = open.SelectMany(batch =>
            DurableFile.Names(Inside("in", "done"), files.AnswerName(batch)).TakeWhile(File.Exists)).ToList();
        foreach (var gone in read.Keys.Except([.. waiting, .. moved])) read.TryRemove(gone, out _);
        foreach (var path in (IEnumerable<string>)[.. waiting, .. moved])
        {
            AnswerDocument? document = null;
            try
            {
                document = Read(path, troubled);
            }
            catch (FileNotFoundException)
            {
                // Another node has moved it, or billing has taken it back.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                troubled(Unusable(path, e));
            }
            if (document is not null) yield return document;
        }
    }

    private bool IsOurs(string path)
    {
        if (files.IsForeign(Path.GetFileName(path))) return false;
        if (path.EndsWith(Reason, StringComparison.Ordinal) && !File.Exists(path[..^Reason.Length])) File.Delete(path);
        return path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
    }

    // Null where nothing is new in the file.
    private AnswerDocument? Read(string path, Action<string> troubled)
    {
        var content = File.ReadAllBytes(path);
        var hash = XxHash128.Hash(content);
        if (read.TryGetValue(path, out var before) && before.Hash.AsSpan().SequenceEqual(hash))
        {
            if (Conclude(path, before) is { } trouble) troubled(trouble);
            return null;
        }
        var now = time.Now();
        if (files.BatchOf(Path.GetFileName(path)) is not { } batch)
        {
            var wrong = $"The name {Path.GetFileName(path)} is not one of an answer: {files.AnswerName(1)} answers "
                + $"{files.Name(1)}.";
            read[path] = before = new ReadAnswer(hash, now, 0, [(0, wrong)], 0, false);
            if (Conclude(path, before) is { } trouble) troubled(trouble);
            return null;
        }
        var parsed = BillingAnswers.Parse(content);
        return new AnswerDocument(batch, parsed.Answers, (problems, complete) =>
        {
            List<(int Line, string Text)> all =
                [.. parsed.Problems, .. problems.Select(p => (p.Line, BillingAnswers.On(p.Line, p.Problem)))];
            var applied = parsed.Answers.Count - problems.Count;
            return Conclude(path, read[path] = new ReadAnswer(
                hash, now, applied, [.. all.OrderBy(p => p.Line)], parsed.CutLine, complete));
        });
    }

    // Moves a file that is done, or says beside it what is wrong in it. Returns the trouble.
    private string? Conclude(string path, ReadAnswer answer)
    {
        try
        {
            var isQuiet = IsQuiet(path, answer.Since);
            List<string> problems = [.. answer.Problems.Select(problem => problem.Text)];
            if (isQuiet && answer.CutLine > 0)
                problems.Add(BillingAnswers.On(
                    answer.CutLine, "it has no line break at its end, so it may be cut: end it with one"));
            if (problems.Count > 0) return Refuse(path, answer.Applied, problems);
            File.Delete(path + Reason);
            if (answer.CutLine > 0)
                return $"{path} ends in the middle of a line, which waits until it is whole (a line break at its end).";
            if (!(answer.Complete || isQuiet) || !IsIn("in", path)) return null;
            CrashPoint.At("BillingFileGateway.Conclude:applied");
            Move(path, DurableFile.Names(Inside("in", "done"), Path.GetFileName(path)).First(to => !File.Exists(to)));
            CrashPoint.At("BillingFileGateway.Conclude:moved");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unusable(path, e);
        }
    }

    private static string Refuse(string path, int applied, List<string> problems)
    {
        var truth = applied switch
        {
            0 => "Nothing of this file was applied.",
            1 => "1 line of this file was applied. These were not:",
            _ => string.Create(
                CultureInfo.InvariantCulture, $"{applied} lines of this file were applied. These were not:"),
        };
        const string remedy = "Correct the file where it lies; it is read again.";
        var text = string.Join('\n', [truth, .. problems, remedy, ""]);
        if (!File.Exists(path + Reason) || File.ReadAllText(path + Reason) != text)
            File.WriteAllText(path + Reason, text);
        return $"{path}: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")} in an answer from billing. "
            + $"{truth.TrimEnd('.', ':')}; see {Path.GetFileName(path)}{Reason}. {remedy}";
    }

    // A simulated clock lies before the times of files.
    private bool IsQuiet(string path, Instant since)
    {
        var (now, written) = (time.Now(), Instant.FromDateTimeUtc(File.GetLastWriteTimeUtc(path)));
        return now - (written > now ? since : Instant.Min(since, written)) >= Quiet;
    }

    private static string Unusable(string path, Exception e) =>
        $"{path} cannot be read or moved and will be tried again: {e.Message}";

    private static void Move(string from, string to)
    {
        try
        {
            DurableFolder.Move(from, to);
        }
        catch (FileNotFoundException)
        {
            // Another node was first.
        }
    }

    private bool IsIn(string part, string path) => Path.GetDirectoryName(path) == Inside(part);

    private string Inside(params string[] parts) => Path.Combine([folder, .. parts]);

    private const string Reason = ".reason.txt";

    private const string Archive = "archive";

    private static readonly EnumerationOptions Everywhere = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
    };

    /// <summary>An answer file as it was read last.</summary>
    /// <param name="Hash">Of its content.</param>
    /// <param name="Since">When this content was seen first.</param>
    /// <param name="Applied">The number of lines that were applied, now or before.</param>
    /// <param name="Problems">The problems of the others.</param>
    /// <param name="CutLine">The number of a last line without an end; 0 when there is none.</param>
    /// <param name="Complete">Whether nothing of its batch was open.</param>
    private sealed record ReadAnswer(
        byte[] Hash, Instant Since, int Applied, IReadOnlyList<(int Line, string Text)> Problems, int CutLine,
        bool Complete);
}
