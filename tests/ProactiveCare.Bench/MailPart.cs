using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Bench;

/// <summary>The outbox emptied into smtp-sink, against Postfix's smtp-source and nodemailer.</summary>
internal static class MailPart
{
    public static async Task Measure(Room room, Scoreboard board)
    {
        using var sink = new Sink();
        await sink.Answers();
        foreach (var sessions in new[] { 1, 4 }) await Measure(room, board, sink, sessions);
        board.Note("Mail: ours is the whole delivery of queued notices: claimed, rendered, 'sending' made durable, "
            + "sent, and the result stored. smtp-source sends one fixed text of the same size and keeps its sessions "
            + "open (-d); nodemailer is pooled and composes the same text and HTML. Neither stores anything.");
    }

    private static async Task Measure(Room room, Scoreboard board, Sink sink, int sessions)
    {
        var count = room.Options.Mails;
        var folder = room.Folder("mail");
        var sample = new Sample();
        using (var first = await Company.Open(folder, Company.After(new LocalDate(2026, 3, 14)), sample))
            await Queue(room, first, count);
        var letter = Path.Combine(folder, "letter.json");
        await File.WriteAllTextAsync(letter, JsonSerializer.Serialize(sample.Letter));
        await using var transport = sink.Transport(sessions);
        // The sessions live in the present, and begin no mail whose lease is over.
        using var company = await Company.Open(folder, SystemClock.Instance.GetCurrentInstant(), transport);
        var measures = new List<Func<Task<double>>>
        {
            () => Ours(company, count),
            async () => (await Programs.Run("smtp-source", Words(
                $"-d -s {sessions} -m {count} -l {sample.Length} -f care@company.example -t viewer@example.com "
                + $"127.0.0.1:{sink.Port}"))).Seconds,
        };
        if (room.Options.Nodemailer is { } modules)
            measures.Add(async () => double.Parse((await Programs.Run("node", [Room.Beside("nodemailer.mjs"), modules,
                letter, $"{sink.Port}", $"{sessions}", $"{count}"])).Output, CultureInfo.InvariantCulture));
        var medians = await Alternating.Medians(room.Options.Times, [.. measures]);
        var at = $"{sessions} {(sessions == 1 ? "session" : "sessions")}";
        board.Rates($"notices of {sample.Length / 1024.0:0.0} kB over SMTP, {at}: smtp-source", count / medians[0],
            count / medians[1], "/s", 0.9);
        if (medians.Length > 2)
            board.Rates($"the same, {at}: nodemailer", count / medians[0], count / medians[2], "/s", null);
    }

    // Notices as they come to be: of findings that were credited. One is sent, to know what they look like.
    private static async Task Queue(Room room, Company company, int count)
    {
        var files = room.Folder("files");
        var day = new Day(new LocalDate(2026, 3, 14), 1, count)
        {
            DuePercent = 100, SubscriptionPercent = 100, Customers = count,
        };
        Evenings.WriteCustomers(Path.Combine(files, "customers.csv"), count);
        Evenings.WriteSessions(Path.Combine(files, "sessions.csv"), day);
        await company.Import("customers", Path.Combine(files, "customers.csv"));
        await company.Import("sessions", Path.Combine(files, "sessions.csv"));
        await company.Detect();
        await company.Settle();
        await company.Product.Deliver(CancellationToken.None);
    }

    private static async Task<double> Ours(Company company, int count)
    {
        await company.Store.Write(db => db.Execute(
            """
            UPDATE notice SET state = 'queued', sent_at = NULL, claimed_at = NULL, lease_until_at = NULL, attempts = 0,
              next_attempt_at = queued_at, relay_reply = NULL
            """));
        var watch = Stopwatch.StartNew();
        var sent = await company.Product.Deliver(CancellationToken.None);
        return sent.Sent == count
            ? watch.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{count} notices were to be sent: {sent}");
    }

    private static string[] Words(string line) => line.Split(' ');

    private sealed class Sample : IMailTransport
    {
        public int Length { get; private set; }

        public object? Letter { get; private set; }

        public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
        {
            Length = new MailComposer().ToBytes(mail).Length;
            Letter ??= new
            {
                from = mail.From.Address, to = mail.To.Address, replyTo = mail.ReplyTo.Address, subject = mail.Subject,
                text = mail.Text, html = mail.Html,
            };
            return Task.FromResult(new SendResult(SendOutcome.Accepted, "250 taken"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
