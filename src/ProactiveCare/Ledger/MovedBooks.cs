namespace ProactiveCare.Ledger;

/// <summary>Checks the books when an installation moves to another database.</summary>
public static class MovedBooks
{
    /// <summary>Checks the journal and its seals; the sums, account by account, must be the same in both
    /// databases.</summary>
    /// <exception cref="LedgerException">The books are not sound.</exception>
    public static IReadOnlyList<string> AddUp(DbConnection db)
    {
        var report = LedgerCheck.Run(db);
        if (report.Problems is [var first, ..])
            throw new LedgerException($"The books are not sound, so they are not moved: {first}");
        var accounts = db.Query<(string Account, string Currency, long Minor)>(
            """
            SELECT account, currency, SUM(amount_minor) FROM posting
            GROUP BY account, currency ORDER BY account, currency
            """);
        return
        [
            string.Create(
                CultureInfo.InvariantCulture, $"{report.Entries} entries, {report.Sealed} sealed, {report.Head}"),
            .. report.Turnover.Select(sum => $"turnover {sum}"),
            .. accounts.Select(sum => string.Create(
                CultureInfo.InvariantCulture, $"{sum.Account} {sum.Currency} {sum.Minor}")),
        ];
    }
}
