using Dapper;
using NodaTime;
using ProactiveCare.Payments;

namespace ProactiveCare.Stories;

/// <summary>Lets a story come to rest: the clock is right, every answer arrives, all that was stopped goes on, and days
/// pass until nothing is left to do.</summary>
internal static class Rest
{
    private const int MostTurns = 30;

    private const string Left =
        """
        SELECT 'credit ' || credit_id || ' is ' || state || COALESCE(', held for ' || hold_reason, '') FROM credit
        WHERE state IN ('approved', 'settling', 'unknown', 'failed', 'debiting') OR hold_reason IN ('budget', 'andon')
        UNION ALL
        SELECT 'notice ' || notice_id || ' (' || event || ') is ' || state FROM notice
        WHERE state IN ('queued', 'held', 'sending') OR state = 'uncertain' AND next_attempt_at IS NOT NULL
        UNION ALL
        SELECT 'run ' || run_id || ' is ' || state FROM run WHERE state IN ('stored', 'staged')
        """;

    /// <returns>The problems that remain.</returns>
    public static IReadOnlyList<string> Reach(Company company)
    {
        company.Restart();
        (company.Clock.Off, company.Relay.Next) = (Duration.Zero, new());
        company.Restored();
        company.ReleaseAndons();
        while (company.Read(CreditUndo.Open).Count > 0)
            company.Answer(0, (money, by, ids) => money.DeclineUndo(by, ids, "it was right"));
        company.ImportLeftOvers();
        for (var dispute = 0; company.Films.EndDispute(0, dispute) is { } ended; dispute++) company.Import(ended);
        IReadOnlyList<string> left = [];
        for (var turn = 0; turn < MostTurns; turn++)
        {
            company.Clock.True += Duration.FromHours(turn == 0 ? 1 : 7);
            var troubles = Turn(company);
            if (turn == 0 && company.Read(db => db.ExecuteScalar<bool>(
                "SELECT EXISTS (SELECT 1 FROM run WHERE left_out > 0)"))) company.Backfill();
            left = [.. company.Read(db => db.Query<string>(Left)), .. troubles];
            if (left.Count == 0 && turn > 0) break;
        }
        return left;
    }

    private static IReadOnlyList<string> Turn(Company company)
    {
        company.Run(2);
        company.Deliver();
        // After a restore people look again at what they had decided.
        if (company.WasRestored)
            company.Decide(CreditState.Pending, 0, (money, by, _) => money.Approve(by, Pending(company)));
        company.Look();
        company.Billing.AnswerAll();
        var troubles = company.Deliver();
        foreach (var failed in company.Read(db => Credits.List(db, CreditState.Failed)))
            company.Decide(CreditState.Failed, 0, (money, by, _) => money.Retry(by, [failed.Id]));
        company.Look();
        return troubles;
    }

    private static CreditId[] Pending(Company company) =>
        [.. company.Read(db => Credits.List(db, CreditState.Pending)).Select(credit => credit.Id)];
}
