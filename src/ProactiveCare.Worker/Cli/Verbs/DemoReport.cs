using ProactiveCare.Demo;
using ProactiveCare.Ledger;
using ProactiveCare.Notices;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>The results of the two days, for the person who started them.</summary>
internal sealed class DemoReport(Terminal to, string data)
{
    public void Write(DemoFigures figures, TimeSpan took)
    {
        to.Line();
        to.Headline(figures.Headline.ToString());
        if (figures.Headline.HelpedAfterContact is > 0 and var quicker)
            Say(Invariant($"({quicker} more {(quicker == 1 ? "was" : "were")} helped, but had asked first.)"));
        to.Line();
        Say(Invariant($"{Company.Name}, {Day(figures.From)} to {Day(figures.To)}, seed {figures.Seed}: simulated in ")
            + Invariant($"{took.TotalSeconds:0} seconds."));
        Imports(figures.Imports);
        Jobs(figures);
        Reasons(figures);
        Money(figures.Money);
        Mail(figures);
        Books(figures);
        if (figures.Example is { } mail) Example(mail);
        Next(figures);
    }

    private void Imports(ImportFigures imports) => Say(
        Invariant($"{imports.Files:N0} files brought {imports.Received:N0} rows: {imports.Stored:N0} new, ")
        + Invariant($"{Many(imports.Revised, "revision")}, {Many(imports.Duplicate, "duplicate")}, and ")
        + Invariant($"{imports.Quarantined} set aside because something is wrong with them."));

    private void Jobs(DemoFigures figures)
    {
        Title("What the jobs found, and what became of it");
        to.Table(
            ["job", new("found", true), new("given", true), new("told", true), new("held", true), new("waiting", true),
                new("refused", true)],
            figures.Jobs.Select(job => new[]
            {
                job.Job.Value, Count(job.Found), Count(job.Given), Count(job.Told), Count(job.Held),
                Count(job.Waiting), Count(job.Refused),
            }));
        if (figures.HeldAtFirst.GetValueOrDefault(HoldReason.Andon) is > 0 and var andon)
        {
            Say(Invariant($"{andon} of them were held while the andon was pulled, and ")
                + Invariant($"{figures.HeldAtFirst.GetValueOrDefault(HoldReason.Budget)} until there was budget; ")
                + "their customers were told at once that somebody knows.");
        }
    }

    private void Reasons(DemoFigures figures)
    {
        Title("Why not, or not yet");
        to.Table(
            [new("cases", true), "", "because", "for example"],
            figures.Reasons.Select(reason => new[]
            {
                Count(reason.Count), Standing(reason), Because(reason), $"case {reason.Example}",
            }));
    }

    private void Money(IReadOnlyList<MoneyFigures> money)
    {
        Title("Money");
        to.Table(
            ["currency", new("credits", true), new("settled", true), new("on its way", true), new("pending", true),
                new("rejected", true), new("failed", true)],
            money.Select(m => new[]
            {
                m.Currency.Code, Count(m.Credits), Sum(m.PaidMinor, m), Sum(m.UnderwayMinor, m), Sum(m.PendingMinor, m),
                Sum(m.RejectedMinor, m), Sum(m.FailedMinor, m),
            }));
    }

    private void Mail(DemoFigures figures)
    {
        Title("Mail");
        to.Table(
            ["to", "about", new("mails", true), "", "why"],
            figures.Mail.Select(mail => new[]
            {
                mail.Audience == "customer" ? "customers" : "staff", About(mail.Event), Count(mail.Count),
                mail.State,
                mail.Reason is { } reason ? Why(reason)
                    : mail.Rested > 0 ? Invariant($"{mail.Rested} waited until the customer's morning") : "",
            }));
    }

    private void Books(DemoFigures figures)
    {
        Title("The books");
        var books = figures.Books;
        Say(books.Problems.Count == 0
            ? Invariant($"{books.Entries} ledger entries balance in every currency, ")
                + (books.Sealed == books.Entries
                    ? "and all are sealed."
                    : Invariant($"{books.Sealed} of them are sealed."))
            : "The books do NOT add up: " + books.Problems[0]);
        Say(figures.Mismatches == 0
            ? Invariant($"{figures.Replayed} decisions were replayed from their stored facts; each came out the same.")
            : Invariant($"{figures.Mismatches} of {figures.Replayed} decisions did NOT replay to the same."));
    }

    private void Example(MailShown mail)
    {
        Title("What a customer reads");
        to.Line($"  To: {mail.RecipientName} <{mail.Recipient}>");
        to.Line($"  Subject: {mail.Subject}");
        to.Line();
        foreach (var line in mail.Text.TrimEnd().Split('\n')) to.Line(("  " + line).TrimEnd());
        to.Line();
        var outbox = Path.Combine(data, "outbox") + Path.DirectorySeparatorChar;
        to.Line("  This is " + mail.File.Replace("Written to ", outbox, StringComparison.Ordinal));
    }

    private void Next(DemoFigures figures)
    {
        Title("Where to look next");
        var settings = Path.Combine(data, "settings.json");
        var waits = figures.Reasons.FirstOrDefault(r => r.Standing == "pending");
        foreach (var (place, what) in new[]
        {
            ("outbox", "every mail, for any mail program"), ("ledger.journal", "the books, for hledger"),
            ("in", "the files that came in"), ("refunds", "the files for billing, and its answers"),
            ("jobs", "the company's jobs"),
        })
            to.Line($"  {Path.Combine(data, place).PadRight(data.Length + 18)}{what}");
        to.Line();
        List<string> commands =
        [
            $"cases explain {figures.Reasons.FirstOrDefault(r => r.Standing == "refused")?.Example.ToString() ?? "1"}",
            "credits list --state pending", "jobs list", "ledger check",
        ];
        if (waits is not null) commands.Insert(1, $"cases explain {waits.Example}");
        to.Line("  Commands (from the source tree, proactive-care is scripts/proactive-care):");
        foreach (var command in commands) to.Line($"  proactive-care {command} --settings {settings}");
    }

    // Wraps between words, at a readable width.
    private void Say(string text)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Math.Min(100, to.Traits.Width))
            {
                to.Line(line);
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        to.Line(line);
    }

    private void Title(string text)
    {
        to.Line();
        to.Heading(text);
    }

    private static string Standing(ReasonFigures reason) => reason.Standing switch
    {
        "pending" => "held",
        var state => state,
    };

    private static string Because(ReasonFigures reason) => reason.Standing switch
    {
        "failed" => $"billing refused to pay: {reason.Reason}",
        "rejected" => $"finance decided: {reason.Reason}",
        _ => Reason.Parse(reason.Reason).Because,
    };

    private static string About(string kind) => kind switch
    {
        "refunded" => "a refund that was paid",
        "credited" => "a credit on the account",
        "held" => "we know, and somebody looks",
        "alert" => "a storm that nears",
        "summary" => "the day in short",
        "alarm" => "an alarm",
        _ => kind,
    };

    private static string Why(string reason) => reason switch
    {
        _ when reason == NoticeReason.Overtaken.Text => "it was made right before they could read it",
        _ when reason.StartsWith(NoticeReason.DailyCap.Text, StringComparison.Ordinal) =>
            "they had enough mail for a day",
        _ => NoticeReason.Words(reason),
    };

    private static string Count(long count) => count == 0 ? "-" : count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Sum(long minor, MoneyFigures of) => minor == 0 ? "-" : new Money(minor, of.Currency).Decimal;

    private static string Many(long count, string one) => Invariant($"{count} {(count == 1 ? one : one + "s")}");

    private static string Day(Instant at) =>
        at.InZone(Company.Zone).LocalDateTime.ToString("dddd d MMMM uuuu HH:mm", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
