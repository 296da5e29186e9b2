using ProactiveCare.Notices;
using ProactiveCare.Payments;

namespace ProactiveCare.Cases;

/// <summary>The next step of a case: what happens by itself, or who has to do what.</summary>
internal static class NextStep
{
    /// <summary>Null when all is done.</summary>
    public static string? Of(
        DbConnection db, CareCase about, IReadOnlyList<Credit> credits, IReadOnlyList<ExplainedNotice> notices)
    {
        if (about.Mode == Mode.Shadow) return $"to have the job act: proactive-care jobs accept {about.JobId}";
        if (about.State.IsOneOf(CaseState.Waiting, CaseState.HeldOut))
        {
            var at = db.ExecuteScalar<long?>(
                "SELECT decide_again_at FROM care_case WHERE case_id = @Id", new { about.Id });
            var until = at is { } known ? Instant.FromUnixTimeMilliseconds(known).Iso() : null;
            return about.State == CaseState.HeldOut ? $"it is made good on {until}."
                : $"it is decided again when that changes, and for the last time on {until}.";
        }
        if (credits.LastOrDefault(credit => OfCredit(credit) is not null) is { } open) return OfCredit(open);
        return notices.LastOrDefault(notice => notice.State == NoticeState.Uncertain) is { } notice
            ? $"somebody finds out whether it arrived: proactive-care notices resolve {notice.NoticeId}"
            : notices.Any(each => each.State.IsOneOf(NoticeState.Queued, NoticeState.Held))
                ? "the worker sends the notice."
                : null;
    }

    private static string? OfCredit(Credit credit)
    {
        var (id, state) = (credit.Id, credit.State);
        if (credit.HoldReason == Reason.Andon)
            return $"it is paid once the andon is released: proactive-care andon release {credit.JobId} --reason TEXT";
        if (credit.HoldReason == Reason.Budget)
        {
            return "it is paid on a day with budget left, or once finance approves it: proactive-care credits approve "
                + $"{id}";
        }
        if (state == CreditState.Pending)
        {
            return $"somebody with the role finance who did not accept the job decides: proactive-care credits approve "
                + $"{id}, or credits reject {id} --reason TEXT";
        }
        if (state == CreditState.Approved) return "the worker hands it over within a minute.";
        if (state == CreditState.Settling) return "billing answers; see: proactive-care refunds list";
        if (state == CreditState.Unknown)
            return $"finance finds out whether it was paid: proactive-care credits resolve {id}";
        return state == CreditState.Failed
            ? $"finance has it paid again or takes it back: proactive-care credits retry {id}"
            : null;
    }
}
