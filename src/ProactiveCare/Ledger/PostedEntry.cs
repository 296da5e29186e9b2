using System.Buffers;
using System.Text.Json;

namespace ProactiveCare.Ledger;

/// <summary>A stored entry.</summary>
internal sealed record PostedEntry(
    EntryId Id, Instant PostedAt, string Kind, string Key, ActorId ActorId, string Actor, CaseId? CaseId,
    CreditId? CreditId, string Memo)
{
    /// <summary>In the order of their lines, as stored: a check reads them, valid or not.</summary>
    public List<PostedLine> Lines { get; } = [];

    /// <summary>Entries after one, up to another, in order, read lazily.</summary>
    public static IEnumerable<PostedEntry> Stream(DbConnection db, long after = 0, long upto = long.MaxValue)
    {
        PostedEntry? entry = null;
        foreach (var row in db.Query<Row>(
            """
            SELECT e.entry_id AS id, e.posted_at, e.kind, e.key, e.actor_id, COALESCE(a.name, '') AS actor, e.case_id,
                   e.credit_id, e.memo, p.account, p.amount_minor AS minor, p.currency
            FROM entry e LEFT JOIN actor a USING (actor_id) LEFT JOIN posting p ON p.entry_id = e.entry_id
            WHERE e.entry_id > @after AND e.entry_id <= @upto
            ORDER BY e.entry_id, p.line
            """,
            new { after, upto },
            buffered: false))
        {
            if (entry?.Id != row.Id)
            {
                if (entry is not null) yield return entry;
                entry = new PostedEntry(
                    row.Id, row.PostedAt, row.Kind, row.Key, row.ActorId, row.Actor, row.CaseId, row.CreditId,
                    row.Memo);
            }
            if (row.Account is not null) entry.Lines.Add(new PostedLine(row.Account, row.Minor!.Value, row.Currency!));
        }
        if (entry is not null) yield return entry;
    }

    /// <summary>The text that a seal covers: all content of the entry, unambiguous.</summary>
    public byte[] Canonical()
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            json.WriteNumberValue(Id.Value);
            json.WriteNumberValue(PostedAt.ToUnixTimeMilliseconds());
            json.WriteStringValue(Kind);
            json.WriteStringValue(Key);
            json.WriteNumberValue(ActorId.Value);
            json.WriteNumberValue(CaseId?.Value ?? 0);
            json.WriteNumberValue(CreditId?.Value ?? 0);
            json.WriteStringValue(Memo);
            foreach (var line in Lines)
            {
                json.WriteStringValue(line.Account);
                json.WriteNumberValue(line.Minor);
                json.WriteStringValue(line.Currency);
            }
            json.WriteEndArray();
        }
        return text.ToArray();
    }

    private sealed record Row(
        EntryId Id, Instant PostedAt, string Kind, string Key, ActorId ActorId, string Actor, CaseId? CaseId,
        CreditId? CreditId, string Memo, string? Account, long? Minor, string? Currency);
}

/// <summary>A stored posting.</summary>
internal sealed record PostedLine(string Account, long Minor, string Currency);

/// <summary>The names of accounts: parts of lower-case letters, digits and hyphens, joined by colons.</summary>
public static class Account
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The debt to billing for credits put on customers' accounts there.</summary>
    public const string Billing = "liability:billing";

    /// <summary>The account of rounding differences.</summary>
    public const string Rounding = "rounding";

    /// <summary>The cost of an entitlement of a job: <c>expense:goodwill:slow-video-stream</c>.</summary>
    public static string Expense(string entitlement, JobId job) => $"expense:{entitlement}:{job}";

    /// <summary>The cost of a job's refunds by mistake: <c>expense:written-off:slow-video-stream</c>.</summary>
    public static string WrittenOff(JobId job) => Expense("written-off", job);

    /// <summary>Income returned by a job because a price fell: <c>contra-revenue:price:price-drop-refund</c>.</summary>
    public static string PriceReduction(JobId job) => $"contra-revenue:price:{job}";

    /// <summary>The debt to a customer, by the customer's number in the books.</summary>
    public static string Customer(long customerNumber) =>
        "liability:customers:" + customerNumber.ToString(CultureInfo.InvariantCulture);

    /// <summary>The account that a payment gateway pays from: <c>asset:gateway:refund-file</c>.</summary>
    public static string Gateway(string name) => $"asset:gateway:{name}";

    internal static bool IsLegal(string name)
    {
        var parts = name.AsSpan().Split(':');
        parts.MoveNext();
        if (name.AsSpan()[parts.Current] is not ("expense" or "contra-revenue" or "liability" or "asset" or Rounding))
            return false;
        foreach (var part in parts)
        {
            if (name.AsSpan()[part] is [] or ['-', ..] || name.AsSpan()[part].ContainsAnyExcept(Characters))
                return false;
        }
        return true;
    }
}
