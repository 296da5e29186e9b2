using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>A notice in a list.</summary>
public sealed record NoticeLine(
    NoticeId NoticeId, NoticeState State, string? Reason, NoticeEvent Event, string Topic, string? CustomerId,
    string? Recipient,
    string? Subject, Instant QueuedAt, Instant? SentAt, Instant? NextAttemptAt);

/// <summary>All details of a notice.</summary>
public sealed record NoticeDetail(
    NoticeId NoticeId, NoticeState State, string? Reason, NoticeEvent Event, string Topic, string Urgency,
    string? CustomerId, string? Recipient, CaseId? CaseId, long? DecisionNumber, string? JobId, string? JobVersion,
        string? MessageId,
    Instant DateAt, Instant QueuedAt, Instant? NotBeforeAt, Instant? ExpiresAt, long Attempts, Instant? NextAttemptAt,
    string? RelayReply, Instant? SentAt, string? Locale, string? Subject, string? TextBody);

/// <summary>The notices to list; a null filters nothing.</summary>
public sealed record NoticeFilter(
    NoticeState? State = null, CustomerId? CustomerId = null, CaseId? CaseId = null, JobId? JobId = null)
{
    /// <summary>When they were queued.</summary>
    public TimeFrame Queued { get; init; } = TimeFrame.Ever;
}

/// <summary>Queries of the outbox for people.</summary>
public static class NoticeList
{
    /// <summary>The newest notices that pass the filter.</summary>
    public static IReadOnlyList<NoticeLine> Newest(DbConnection db, NoticeFilter filter, int limit) =>
        [.. db.Query<NoticeLine>(
            $"""
            SELECT notice_id, state, reason, event, topic, customer_id, recipient, subject, queued_at, sent_at,
              next_attempt_at
            FROM notice
            {Filters.Where(
                [
                    filter.State is null ? null : "state = @State",
                    filter.CustomerId is null ? null : "customer_id = @CustomerId",
                    filter.CaseId is null ? null : "case_id = @CaseId",
                    filter.JobId is null ? null : "job_id = @JobId", .. filter.Queued.Conditions("queued_at"),
                ])}
            ORDER BY notice_id DESC LIMIT @limit
            """,
            new
            {
                filter.State, filter.CustomerId, filter.CaseId, filter.JobId, filter.Queued.From, filter.Queued.Until,
                limit,
            })];

    /// <summary>The number of notices in each state.</summary>
    public static IReadOnlyDictionary<string, long> Counts(DbConnection db) =>
        db.Query<(string State, long Count)>("SELECT state, count(*) FROM notice GROUP BY state")
            .ToDictionary(each => each.State, each => each.Count, StringComparer.Ordinal);

    /// <summary>One notice; null when there is none of that number.</summary>
    public static NoticeDetail? Find(DbConnection db, NoticeId id) => db.QuerySingleOrDefault<NoticeDetail>(
        """
        SELECT notice_id, state, reason, event, topic, urgency, customer_id, recipient, case_id, decision_number,
          job_id, job_version, message_id, date_at, queued_at, not_before_at, expires_at, attempts, next_attempt_at,
          relay_reply, sent_at, locale, subject, text_body
        FROM notice LEFT JOIN notice_words USING (notice_id) WHERE notice_id = @id
        """,
        new { id });
}
