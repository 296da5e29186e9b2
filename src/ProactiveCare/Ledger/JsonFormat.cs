using System.Text.Json;

namespace ProactiveCare.Ledger;

/// <summary>One array of entries; amounts are decimal strings beside their currency, debits positive.</summary>
internal static class JsonFormat
{
    private const int FlushAfter = 64 * 1024;

    public static void Write(DbConnection db, BookDates dates, Stream output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartArray();
        foreach (var entry in PostedEntry.Stream(db))
        {
            Write(json, entry, dates);
            if (json.BytesPending > FlushAfter) json.Flush();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, PostedEntry entry, BookDates dates)
    {
        json.WriteStartObject();
        json.WriteNumber("entryId", entry.Id.Value);
        json.WriteString("date", dates.Of(entry.PostedAt));
        json.WriteString("postedAt", entry.PostedAt.Iso());
        json.WriteString("kind", entry.Kind);
        json.WriteString("key", entry.Key);
        if (entry.CaseId is { } caseId) json.WriteNumber("caseId", caseId.Value);
        if (entry.CreditId is { } creditId) json.WriteNumber("creditId", creditId.Value);
        if (dates.CustomerOf(entry) is { } customer) json.WriteString("customerId", customer);
        json.WriteString("by", entry.Actor);
        json.WriteString("memo", entry.Memo);
        json.WriteStartArray("postings");
        foreach (var line in entry.Lines)
        {
            json.WriteStartObject();
            json.WriteString("account", line.Account);
            json.WriteString("amount", new Money(line.Minor, Currency.Of(line.Currency)).Decimal);
            json.WriteString("currency", line.Currency);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
