using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>The credits to list; what is not given filters nothing.</summary>
public sealed record CreditFilter
{
    /// <summary>The job that made them.</summary>
    public JobId? Job { get; init; }

    /// <summary>Their state.</summary>
    public CreditState? State { get; init; }

    /// <summary>Their customer.</summary>
    public CustomerId? Customer { get; init; }

    /// <summary>The name of the user who approved or rejected them.</summary>
    public string? Approver { get; init; }

    /// <summary>When they were made.</summary>
    public TimeFrame Made { get; init; } = TimeFrame.Ever;

    /// <summary>Only those that a person should have decided about by now.</summary>
    public bool Overdue { get; init; }

    /// <summary>Only those that do not go on by themselves, or have not for a day.</summary>
    public bool Stuck { get; init; }

    /// <summary>The present.</summary>
    public required Instant Now { get; init; }
}

/// <summary>The credits of a job that were made on a day of the company, in one state and currency.</summary>
public sealed record CreditDay(JobId JobId, LocalDate Day, CreditState State, Currency Currency, long Count, long Minor)
{
    /// <summary>Their sum.</summary>
    public Money Amount => new(Minor, Currency);
}

/// <summary>Queries of credits for people.</summary>
public static class CreditList
{
    // The offset of every zone is a multiple of it, so each piece of time lies in one day.
    private const long Quarter = 900_000;
    private static readonly Duration Patience = Duration.FromDays(1);

    /// <summary>The newest credits that pass the filter, oldest first, each with the name of who decided.</summary>
    public static IReadOnlyList<(Credit Credit, string? Approver)> Newest(
        DbConnection db, CreditFilter filter, int most)
    {
        var (where, values) = Where(db, filter);
        values.Add("most", most);
        var credits = db.Query<Credit>(
            $"SELECT {Credit.Columns} FROM credit {where} ORDER BY credit_id DESC LIMIT @most", values).ToList();
        // Only users approve, and they are few.
        var names = Actors.Users(db).ToDictionary(user => user.Id, user => user.Name);
        credits.Reverse();
        return [.. credits.Select(c => (c, c.ApproverId is { } by ? names.GetValueOrDefault(by) : null))];
    }

    /// <summary>The sums of the credits that pass the filter, by job, day, state and currency.</summary>
    public static IReadOnlyList<CreditDay> Days(DbConnection db, CreditFilter filter, DateTimeZone zone)
    {
        var (where, values) = Where(db, filter);
        var pieces = db.Query<(JobId JobId, long Piece, CreditState State, Currency Currency, long Count, long Minor)>(
            $"""
            SELECT job_id, created_at / {Quarter}, state, currency, COUNT(*), CAST(SUM(amount_minor) AS BIGINT)
            FROM credit {where} GROUP BY job_id, created_at / {Quarter}, state, currency
            """,
            values);
        return
        [
            .. from piece in pieces
               let day = Instant.FromUnixTimeMilliseconds(piece.Piece * Quarter).InZone(zone).Date
               group piece by (piece.JobId, Day: day, piece.State, piece.Currency) into same
               orderby same.Key.JobId.Value, same.Key.Day, same.Key.Currency.Code, same.Key.State.Text
               select new CreditDay(
                   same.Key.JobId, same.Key.Day, same.Key.State, same.Key.Currency, same.Sum(piece => piece.Count),
                   same.Sum(piece => piece.Minor)),
        ];
    }

    private static (string Where, DynamicParameters Values) Where(DbConnection db, CreditFilter filter)
    {
        var approver = filter.Approver is not { } named ? (ActorId?)null
            : Actors.Users(db).FirstOrDefault(user => user.Name == named)?.Id ?? throw new PaymentException(
                $"There is no user {named}. See them with: proactive-care users list", RefusalCode.NotFound);
        var values = new DynamicParameters(new
        {
            filter.Job, filter.State, filter.Customer, approver, filter.Made.From, filter.Made.Until, filter.Now,
            Old = filter.Now - Patience,
        });
        return (Filters.Where(
        [
            filter.Job is null ? null : "job_id = @Job",
            filter.State is null ? null : "state = @State",
            filter.Customer is null ? null : "customer_id = @Customer",
            approver is null ? null : "approver_id = @approver",
            .. filter.Made.Conditions("created_at"),
            filter.Overdue ? "state = 'pending' AND decide_by_at < @Now" : null,
            filter.Stuck
                ? """
                  state IN ('pending', 'approved', 'settling', 'unknown', 'failed') AND (state IN ('unknown', 'failed')
                    OR decide_by_at < @Now OR COALESCE(settling_at, approved_at, created_at) < @Old)
                  """
                : null,
        ]), values);
    }
}
