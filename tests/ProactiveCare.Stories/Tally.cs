using System.Collections.Concurrent;
using Dapper;

namespace ProactiveCare.Stories;

/// <summary>The states reached by stories: a generator that never reaches a state proves nothing about it.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, int> stories = new(StringComparer.Ordinal);

    /// <summary>In how many stories each thing occurred.</summary>
    public IReadOnlyDictionary<string, int> Stories => stories;

    public void Count(Company company)
    {
        foreach (var each in company.Read(db => db.Query<string>(
            """
            SELECT 'credit ' || state FROM credit
            UNION SELECT 'held for ' || hold_reason FROM credit WHERE hold_reason IS NOT NULL
            UNION SELECT 'case ' || state || COALESCE(' ' || reason, '') FROM care_case
            UNION SELECT 'notice ' || event || ' ' || state FROM notice
            UNION SELECT 'payment ' || COALESCE(status, 'open') || CASE debit WHEN 1 THEN ' debit' ELSE '' END
            FROM payment
            """))) stories.AddOrUpdate(each, 1, (_, count) => count + 1);
    }

    public override string ToString() => string.Join(", ",
        stories.OrderByDescending(each => each.Value).Select(each => $"{each.Key} {each.Value}"));
}
