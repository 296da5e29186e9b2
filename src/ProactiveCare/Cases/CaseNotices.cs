using System.Text.Json;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>The notices about a case, queued in the transaction of the event that they report.</summary>
public static class CaseNotices
{
    // Card schemes and banks take up to five working days to show a refund.
    internal const int RefundWorkingDays = 5;

    /// <summary>The notice of a held case: "We know, you need do nothing".</summary>
    internal static NoticeRequest Held(Job job, Candidate candidate) => Request(
        $"case:{candidate.Id}:held", NoticeEvent.Held, job, candidate.Id, candidate.Number, candidate.Facts!.Finding,
        Told(candidate.Id, candidate.Facts.Finding));

    /// <summary>A hazard: of no use once it is nearly over. What a statement foresees is of none once it
    /// happened.</summary>
    internal static NoticeRequest Alert(Job job, Candidate candidate) => Request(
        $"case:{candidate.Id}:alert", NoticeEvent.Alert, job, candidate.Id, candidate.Number, candidate.Facts!.Finding,
        Told(candidate.Id, candidate.Facts.Finding)) with { ExpiresAt = UselessAt(candidate.Facts.Finding) };

    private static Instant UselessAt(Finding finding)
    {
        using var evidence = JsonDocument.Parse(finding.Evidence);
        return evidence.RootElement.TryGetProperty("useless_at", out var at) && at.TryGetInt64(out var milliseconds)
            ? Instant.FromUnixTimeMilliseconds(milliseconds)
            : finding.OccurredAt;
    }

    /// <summary>Queues "refunded" or "credited" when the gateway has accepted, in the same transaction.</summary>
    public static void Settled(DbConnection db, Credit credit, NoticeSettings settings, JobBook book)
    {
        var settledAt = credit.SettledAt!.Value;
        var (about, job) = JobOf(db, credit, book);
        var day = settledAt.InZone(settings.TimeZone).Date;
        var told = Told(about.Id, about.Finding);
        told["amount"] = new NoticeValue.Sum(credit.Amount);
        told["is_refund"] = new NoticeValue.Flag(credit.PurchaseId is not null);
        told["is_credit"] = new NoticeValue.Flag(credit.PurchaseId is null);
        told["arrives"] = new NoticeValue.Day(credit.PurchaseId is null
            ? day
            : AfterWorkingDays(day, RefundWorkingDays));
        // "Somebody is looking" beside "we have refunded" would confuse the customer.
        Outbox.Overtake(db, $"case:{about.Id}:held");
        var kind = credit.PurchaseId is null ? NoticeEvent.Credited : NoticeEvent.Refunded;
        Outbox.Queue(
            db, Request($"credit:{credit.Id}:settled", kind, job, about.Id, credit.DecisionNumber, about.Finding, told),
                settings, settledAt);
    }

    /// <summary>Queues "withdrawn" for a credit that was undone, where the customer was told of it; a notice of it that
    /// has not left is withdrawn itself. A customer who keeps a refund that was a mistake is told so.</summary>
    public static void Undone(DbConnection db, Credit credit, NoticeSettings settings, JobBook book, Instant now)
    {
        var isKept = credit.State == CreditState.WrittenOff;
        string[] keys = [$"case:{credit.CaseId}:held", $"credit:{credit.Id}:settled"];
        if (!isKept)
            foreach (var key in keys) Outbox.Withdraw(db, key, NoticeReason.Undone);
        if (!keys.Any(key => Outbox.IsTold(db, key))) return;
        var (about, job) = JobOf(db, credit, book);
        var told = Told(about.Id, about.Finding);
        told["amount"] = new NoticeValue.Sum(credit.Amount);
        told["is_debited"] = new NoticeValue.Flag(credit.State == CreditState.Debited);
        told["is_kept"] = new NoticeValue.Flag(isKept);
        var request = Request(
            $"credit:{credit.Id}:undone", NoticeEvent.Withdrawn, job, about.Id, credit.DecisionNumber, about.Finding,
            told);
        Outbox.Queue(db, request, settings, now);
    }

    private static (CareCase About, Job Job) JobOf(DbConnection db, Credit credit, JobBook book)
    {
        var about = CareCases.Get(db, credit.CaseId)!;
        var version = db.First(
            "SELECT version FROM decision WHERE case_id = ?1 AND number = ?2", row => new JobVersion(row.Text(0)),
            credit.CaseId, credit.DecisionNumber);
        return (about, book.Load(db, about.JobId, version));
    }

    private static NoticeRequest Request(
        string key, NoticeEvent kind, Job job, CaseId id, int number, Finding finding, NoticeFacts told) => new()
    {
        EventKey = key,
        Event = kind,
        Topic = job.Notice.Topic,
        IsUrgent = job.Notice.Urgent,
        Facts = told,
        Customer = finding.CustomerId,
        Case = id,
        DecisionNumber = number,
        Job = job.Id,
        JobVersion = job.Version,
    };

    private static NoticeFacts Told(CaseId id, Finding finding)
    {
        var told = new NoticeFacts
        {
            ["case_id"] = new NoticeValue.Words(id.ToString()),
            ["when"] = new NoticeValue.Moment(finding.OccurredAt),
            ["is_refund"] = new NoticeValue.Flag(false),
            ["is_credit"] = new NoticeValue.Flag(false),
            ["title"] = new NoticeValue.Words(""),
        };
        using var evidence = JsonDocument.Parse(finding.Evidence);
        foreach (var property in evidence.RootElement.EnumerateObject())
            told[NoticeFieldNames.NameOf(property.Name)] = Value(property);
        return told;
    }

    // SQL has no type for flags and instants, so the names of columns distinguish them from numbers.
    private static NoticeValue Value(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => new NoticeValue.Words(property.Value.GetString()!),
        JsonValueKind.Number when NoticeFieldNames.IsInstant(property.Name) && property.Value.TryGetInt64(out var at)
            => new NoticeValue.Moment(Instant.FromUnixTimeMilliseconds(at)),
        JsonValueKind.Number when NoticeFieldNames.IsFlag(property.Name) =>
            new NoticeValue.Flag(property.Value.GetDouble() != 0),
        JsonValueKind.Number when property.Value.TryGetDecimal(out var number) => new NoticeValue.Number(number),
        _ => new NoticeValue.Words(""),
    };

    internal static LocalDate AfterWorkingDays(LocalDate day, int days)
    {
        while (days > 0)
        {
            day = day.PlusDays(1);
            if (day.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday)) days--;
        }
        return day;
    }
}
