namespace ProactiveCare.Payments;

/// <summary>The consequences of a gateway's answer, in the transaction that stores it, so exactly once.</summary>
/// <param name="Settled">The payment is final: the customer can be notified.</param>
/// <param name="Failed">The gateway refused; the credit stays owed until finance decides about it.</param>
/// <param name="Undone">Two people have undone it: customers who were told of it are told.</param>
public sealed record SettlementEvents(
    Action<DbConnection, Credit> Settled, Action<DbConnection, Credit> Failed, Action<DbConnection, Credit> Undone);

/// <summary>The outcome of a step of settlement.</summary>
/// <param name="Sent">Credits put into batches for a gateway that answers later.</param>
/// <param name="Settled">Credits paid.</param>
/// <param name="Failed">Credits refused.</param>
/// <param name="Troubles">Problems that need a person, worded for them; the rest was processed.</param>
public sealed record SettlementReport(int Sent, int Settled, int Failed, IReadOnlyList<string> Troubles)
{
    /// <summary>Nothing happened.</summary>
    public static readonly SettlementReport Nothing = new(0, 0, 0, []);

    /// <summary>The sum of two steps.</summary>
    public static SettlementReport operator +(SettlementReport a, SettlementReport b) =>
        new(a.Sent + b.Sent, a.Settled + b.Settled, a.Failed + b.Failed, [.. a.Troubles, .. b.Troubles]);

    internal static SettlementReport Trouble(string what) => new(0, 0, 0, [what]);

    /// <summary>Stores answers. Submitted together, they share a commit; each is rolled back alone if its consequences
    /// fail.</summary>
    internal static async Task<SettlementReport> Each(
        IReadOnlyList<PaymentAnswer> answers, Func<PaymentAnswer, Task<(string? Problem, bool Changed)>> write,
        Func<PaymentAnswer, string> failed, List<(int, string)> problems)
    {
        var report = Nothing;
        foreach (var (answer, work) in answers.Select(answer => (answer, write(answer))).ToList())
        {
            try
            {
                var (problem, changed) = await work;
                if (problem is not null) problems.Add((answer.Line, problem));
                else if (changed)
                    report += new SettlementReport(0, answer.Accepted ? 1 : 0, answer.Accepted ? 0 : 1, []);
            }
            catch (Exception e)
            {
                report += Trouble($"{failed(answer)} and will be tried again: {e.Message}");
            }
        }
        return report;
    }
}
