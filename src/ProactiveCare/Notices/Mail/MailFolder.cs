using System.Security.Cryptography;
using MimeKit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices.Mail;

/// <summary>Writes mail to files that any mail program opens, so that no server is needed. A mail that is sent again
/// replaces its file; the names sort by date.</summary>
public sealed class MailFolder(string folder, MailComposer? composer = null) : IMailTransport
{
    private readonly MailComposer composer = composer ?? new();

    /// <inheritdoc/>
    public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation) => Task.FromResult(
        cancellation.IsCancellationRequested
            ? new SendResult(SendOutcome.NotSent, "Stopped before the mail was written.")
            : Write(mail));

    /// <inheritdoc/>
    public IEnumerable<string> KeptIds => Files.Select(path => Path.GetFileNameWithoutExtension(path))
        .Where(name => name.Contains('-', StringComparison.Ordinal))
        .Select(name => $"<{name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..]}>");

    /// <inheritdoc/>
    public IEnumerable<KeptMail> Kept => Files.Select(Read).OfType<KeptMail>();

    private IEnumerable<string> Files => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.eml") : [];

    private static KeptMail? Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var headers = HeaderList.Load(file);
            if (headers[HeaderId.MessageId] is not { } id || headers[HeaderId.To] is not { } to) return null;
            var date = MimeKit.Utils.DateUtils.TryParse(headers[HeaderId.Date] ?? "", out var at)
                ? Instant.FromDateTimeOffset(at)
                : Instant.FromDateTimeUtc(File.GetLastWriteTimeUtc(path));
            return new KeptMail(
                id.Trim(), date, headers[MailComposer.EventHeader]?.Trim(),
                MailboxAddress.TryParse(to, out var mailbox) ? mailbox.Address : to, headers[HeaderId.Subject] ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // It is no mail of ours, or is gone.
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SendResult Write(OutgoingMail mail)
    {
        var name = FileName(mail);
        try
        {
            DurableFolder.Create(folder);
            var aside = Path.Combine(folder, "." + name + ".part");
            CrashPoint.At("MailFolder.Write:before");
            using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write))
            {
                file.Write(composer.ToBytes(mail));
                file.Flush();
                DurableFolder.Flush(file.SafeFileHandle, name);
            }
            CrashPoint.At("MailFolder.Write:flushed");
            DurableFolder.Move(aside, Path.Combine(folder, name), overwrite: true);
            CrashPoint.At("MailFolder.Write:renamed");
            return new(SendOutcome.Accepted, "Written to " + name, QueueId: name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(SendOutcome.NotSent, $"The mail folder {folder} cannot be written: {e.Message}",
                RelayTrouble: true);
        }
    }

    private static string FileName(OutgoingMail mail)
    {
        var id = mail.MessageId.Trim('<', '>');
        var safe = string.Concat(id.Select(c => IsPlain(c) ? c : '_'));
        if (safe != id || safe.Length > 120)
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
            safe = $"{safe[..Math.Min(safe.Length, 100)]}-{hash[..12]}";
        }
        var date = mail.Date.ToDateTimeUtc().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        return $"{date}-{safe}.eml";
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@';
}
