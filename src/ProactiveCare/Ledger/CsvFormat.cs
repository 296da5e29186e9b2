using ProactiveCare.Telemetry;

namespace ProactiveCare.Ledger;

/// <summary>One row per posting, for spreadsheets: separate debit and credit, and no cell that would run as a
/// formula.</summary>
internal static class CsvFormat
{
    public static void Write(DbConnection db, BookDates dates, Stream output)
    {
        using var csv = new CsvWriter(output, guarded: true);
        string[] last = dates.Customers is null ? [] : ["customer_id"];
        csv.Row(
        [
            "entry_id", "line", "date", "posted_at", "kind", "key", "account", "debit", "credit", "currency",
            "case_id", "credit_id", "by", "memo", .. last,
        ]);
        foreach (var entry in PostedEntry.Stream(db))
        {
            for (var i = 0; i < entry.Lines.Count; i++)
            {
                var line = entry.Lines[i];
                var amount = new Money(Math.Abs(line.Minor), Currency.Of(line.Currency)).Decimal;
                string[] named = dates.Customers is null ? [] : [dates.CustomerOf(entry) ?? ""];
                csv.Row(
                [
                    entry.Id.ToString(), (i + 1).ToString(CultureInfo.InvariantCulture),
                    dates.Of(entry.PostedAt), entry.PostedAt.Iso(), entry.Kind, entry.Key,
                    line.Account, line.Minor > 0 ? amount : "", line.Minor < 0 ? amount : "", line.Currency,
                    entry.CaseId?.ToString() ?? "", entry.CreditId?.ToString() ?? "", entry.Actor, entry.Memo,
                    .. named,
                ]);
            }
        }
    }
}
