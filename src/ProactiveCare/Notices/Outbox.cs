using System.Buffers;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>A notice requested by an event.</summary>
public sealed record NoticeRequest
{
    /// <summary>The key of the event: however often it is requested, the notice is queued once:
    /// <c>credit:17:settled</c>.</summary>
    public required string EventKey { get; init; }

    /// <summary>The event.</summary>
    public required NoticeEvent Event { get; init; }

    /// <summary>The kind of thing it is about, for preferences and mail filters; <c>[a-z0-9-]</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>The fields of the notice.</summary>
    public required NoticeFacts Facts { get; init; }

    /// <summary>A threat to safety: ignores quiet hours and caps.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>The customer; null for mail to staff.</summary>
    public CustomerId? Customer { get; init; }

    /// <summary>The member of staff; null for a notice to a customer.</summary>
    public EmailAddress? Staff { get; init; }

    /// <summary>The case that it is about.</summary>
    public CaseId? Case { get; init; }

    /// <summary>The decision that it reports.</summary>
    public int? DecisionNumber { get; init; }

    /// <summary>The job whose template is used.</summary>
    public JobId? Job { get; init; }

    /// <summary>The version of that job.</summary>
    public JobVersion? JobVersion { get; init; }

    /// <summary>Not to be sent before.</summary>
    public Instant? NotBefore { get; init; }

    /// <summary>The time from which it is of no use.</summary>
    public Instant? ExpiresAt { get; init; }
}

/// <summary>Queues notices, in the transaction of the event that they report.</summary>
public static class Outbox
{
    private static readonly SearchValues<char> TopicCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Queues a notice, with a Message-ID and Date that never change. A repeated request for the same event
    /// leaves the existing notice unchanged.</summary>
    /// <exception cref="ArgumentException">
    /// The notice has no recipient or two, a customer's has no job, or the topic is none.
    /// </exception>
    public static void Queue(DbConnection db, NoticeRequest request, NoticeSettings settings, Instant now) =>
        Queue(db, [request], settings, now);

    /// <summary>Queues notices, each as if alone.</summary>
    /// <exception cref="ArgumentException">One has no recipient or two, a customer's has no job, or the topic is
    /// none.</exception>
    public static void Queue(
        DbConnection db, IReadOnlyList<NoticeRequest> requests, NoticeSettings settings, Instant now)
    {
        foreach (var request in requests) Require(request);
        if (requests.Count == 0) return;
        var ids = db.NextNumbers("notice", "notice_id", requests.Count);
        var store = db.First("SELECT store_id || epoch_tag FROM installation", row => row.Text(0))!;
        db.ForAll(
            """
            INSERT INTO notice (notice_id, event_key, audience, customer_id, recipient, recipient_name, topic,
              urgency, event, case_id, decision_number, job_id, job_version, model, state, message_id, date_at,
              queued_at, not_before_at, expires_at, next_attempt_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'queued', ?15, ?16, ?16, ?17, ?18,
              ?16)
            ON CONFLICT (event_key) DO NOTHING
            """,
            [.. requests.Zip(ids)], each =>
            {
                var (request, id) = each;
                return
                [
                    id, request.EventKey, request.Staff is null ? "customer" : "staff", request.Customer,
                    request.Staff?.Address, request.Staff?.Name, request.Topic, request.IsUrgent ? "urgent" : "normal",
                    request.Event, request.Case, request.DecisionNumber, request.Job, request.JobVersion,
                    request.Facts.ToJson(), MessageId(id, store, settings.Domain), now, request.NotBefore,
                    request.ExpiresAt,
                ];
            });
    }

    private static void Require(NoticeRequest request)
    {
        if ((request.Customer is null) == (request.Staff is null))
            throw new ArgumentException(
                $"The notice {request.EventKey} needs a customer or a member of staff, not both.", nameof(request));
        if (request.Customer is not null && (request.Job is null || request.JobVersion is null))
            throw new ArgumentException($"The notice {request.EventKey} needs the job whose words it uses.",
                nameof(request));
        if (request.Topic.Length is 0 or > 60 || request.Topic.AsSpan().ContainsAnyExcept(TopicCharacters))
            throw new ArgumentException($"The topic '{request.Topic}' must be lower-case letters, digits and hyphens.",
                nameof(request));
    }

    /// <summary>Withdraws an unsent notice because the announced event has happened meanwhile: the customer gets the
    /// notice of that instead. A notice that was sent, or possibly was, stays unchanged.</summary>
    public static void Overtake(DbConnection db, string eventKey) => Withdraw(db, eventKey, NoticeReason.Overtaken);

    /// <summary>Whether a customer got a notice, may have got it, or will.</summary>
    public static bool IsTold(DbConnection db, string eventKey) => db.ExecuteScalar<bool>(
        """
        SELECT EXISTS (SELECT 1 FROM notice WHERE event_key = @eventKey AND state NOT IN ('suppressed', 'bounced'))
        """,
        new { eventKey });

    /// <summary>Withdraws an unsent notice, like <see cref="Overtake"/>, for another reason.</summary>
    public static void Withdraw(DbConnection db, string eventKey, NoticeReason reason) => db.Run(
        """
        UPDATE notice SET state = 'suppressed', reason = ?2, next_attempt_at = NULL
        WHERE event_key = ?1 AND state IN ('queued', 'held') AND attempts = 0
        """,
        eventKey, reason);

    // Two installations of one company may use the same notice numbers, and so may two epochs.
    private static string MessageId(long id, string storeId, string domain) =>
        string.Create(CultureInfo.InvariantCulture, $"<n{id}.{storeId}@{domain}>");
}
