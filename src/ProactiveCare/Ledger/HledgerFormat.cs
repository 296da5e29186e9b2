namespace ProactiveCare.Ledger;

/// <summary>A journal for hledger that passes its strict checks: every account and commodity is declared.</summary>
internal static class HledgerFormat
{
    public static void Write(DbConnection db, BookDates dates, TextWriter text)
    {
        text.WriteLine($"; ProactiveCare ledger; dates in {dates.Zone}");
        text.WriteLine("decimal-mark .");
        foreach (var currency in BookText.Currencies(db)) text.WriteLine($"commodity {Example(currency)}");
        foreach (var used in UsedAccount.All(db))
            text.WriteLine($"account {used.Account}  ; type: {Type(used.Account)}");
        foreach (var entry in PostedEntry.Stream(db))
        {
            text.WriteLine();
            text.WriteLine($"{dates.Of(entry.PostedAt)} * ({entry.Key}) {BookText.Plain(entry.Memo, ";|")}");
            foreach (var (name, value) in BookText.Origin(entry, dates))
                text.WriteLine($"    ; {name}: {BookText.Plain(value, ",;")}");
            foreach (var line in entry.Lines) text.WriteLine($"    {line.Account}  {BookText.Amount(line)}");
        }
    }

    // hledger requires a decimal mark in the example even for a currency without decimals.
    private static string Example(Currency currency) =>
        $"1000.{new string('0', currency.Exponent)} {currency}";

    private static char Type(string account) => account.Split(':')[0] switch
    {
        "asset" => 'A',
        "liability" => 'L',
        "contra-revenue" => 'R',
        _ => 'X',
    };
}
