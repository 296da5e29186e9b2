using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Bench;

/// <summary>
/// The outbox emptied into smtp-sink and into a Postfix, against MailKit alone, Postfix's smtp-source and nodemailer.
/// </summary>
internal static class MailPart
{
    public static async Task Measure(Room room, Scoreboard board)
    {
        using (var sink = new Sink()) await Measure(room, board, sink);
        if (Environment.UserName == "root")
        {
            using var postfix = new Postfix();
            await postfix.Start();
            await Measure(room, board, postfix);
        }
        else
        {
            board.Note("Mail into Postfix is left out: its master needs root.");
        }
        board.Note("Mail: ours is the whole delivery of queued notices: claimed, rendered, 'sending' made durable, "
            + "sent, and the result stored. MailKit alone composes and sends the same text and HTML from a plain loop; "
            + "smtp-source sends one fixed text of the same size and keeps its sessions open (-d); nodemailer is "
            + "pooled and composes the same. None of them stores anything. Postfix keeps each mail on disk until it "
            + "discards it.");
    }

    private static async Task Measure(Room room, Scoreboard board, MailServer server)
    {
        await server.Answers();
        foreach (var sessions in new[] { 1, 4 }) await Measure(room, board, server, sessions);
    }

    private static async Task Measure(Room room, Scoreboard board, MailServer server, int sessions)
    {
        var count = room.Options.Mails;
        var folder = room.Folder("mail");
        var sample = new Sample();
        using (var first = await Company.Open(folder, Company.After(new LocalDate(2026, 3, 14)), sample))
            await Queue(room, first, count);
        var letter = Path.Combine(folder, "letter.json");
        await File.WriteAllTextAsync(letter, sample.Letter);
        await using var transport = server.Transport(sessions);
        // The sessions use the real clock, and begin no mail whose lease has ended.
        using var company = await Company.Open(folder, SystemClock.Instance.GetCurrentInstant(), transport);
        var measures = new List<Func<Task<double>>>
        {
            () => Ours(company, count),
            () => MailKitAlone.Send(sample.Mail!, server.Port, sessions, count),
            async () => (await Programs.Run("smtp-source", Words(
                $"-d -s {sessions} -m {count} -l {sample.Length} -f care@company.example -t viewer@example.com "
                + $"127.0.0.1:{server.Port}"))).Seconds,
        };
        if (room.Options.Nodemailer is { } modules)
            measures.Add(async () => double.Parse((await Programs.Run("node", [Room.Beside("nodemailer.mjs"), modules,
                letter, $"{server.Port}", $"{sessions}", $"{count}"])).Output, CultureInfo.InvariantCulture));
        var medians = await Alternating.Medians(room.Options.Times, [.. measures]);
        var at = $"notices of {sample.Length / 1024.0:0.0} kB into {server.Name}, {sessions} "
            + (sessions == 1 ? "session" : "sessions");
        foreach (var (name, seconds) in new[] { "MailKit alone", "smtp-source -d", "nodemailer" }.Zip(medians.Skip(1)))
        {
            board.Rates($"{at}: {name}", count / medians[0], count / seconds, "/s",
                server is Postfix && name == "MailKit alone" ? 0.9 : null);
        }
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
        public OutgoingMail? Mail { get; private set; }

        public int Length => new MailComposer().ToBytes(Mail!).Length;

        public string Letter => JsonSerializer.Serialize(new
        {
            from = Mail!.From.Address, to = Mail.To.Address, replyTo = Mail.ReplyTo.Address, subject = Mail.Subject,
            text = Mail.Text, html = Mail.Html,
        });

        public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
        {
            Mail ??= mail;
            return Task.FromResult(new SendResult(SendOutcome.Accepted, "250 taken"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
