namespace ProactiveCare.Ledger;

/// <summary>A journal for beancount: accounts under its five roots, with capitals, opened before their first
/// use.</summary>
internal static class BeancountFormat
{
    public static void Write(DbConnection db, BookDates dates, TextWriter text)
    {
        text.WriteLine($"; ProactiveCare ledger; dates in {dates.Zone}");
        foreach (var currency in BookText.Currencies(db))
            text.WriteLine($"option \"operating_currency\" \"{currency}\"");
        foreach (var used in UsedAccount.All(db))
            text.WriteLine($"{dates.Of(used.FirstPostedAt)} open {Name(used.Account)}");
        foreach (var entry in PostedEntry.Stream(db))
        {
            text.WriteLine();
            text.WriteLine($"{dates.Of(entry.PostedAt)} * \"{entry.Kind}\" \"{BookText.Plain(entry.Memo, "\"\\")}\"");
            text.WriteLine($"  key: \"{entry.Key}\"");
            foreach (var (name, value) in BookText.Origin(entry, dates))
                text.WriteLine($"  {name}: \"{BookText.Plain(value, "\"\\")}\"");
            foreach (var line in entry.Lines) text.WriteLine($"  {Name(line.Account)}  {BookText.Amount(line)}");
        }
    }

    internal static string Name(string account)
    {
        var parts = account.Split(':');
        var root = parts[0] switch
        {
            "asset" => "Assets",
            "liability" => "Liabilities",
            "contra-revenue" => "Income:Contra-revenue",
            "rounding" => "Expenses:Rounding",
            _ => "Expenses",
        };
        return string.Join(':', parts.Skip(1).Select(BookText.Capitalised).Prepend(root));
    }
}
