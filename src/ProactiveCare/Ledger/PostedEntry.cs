using System.Data.Common;
using System.Text.Json;
using Dapper;
using NodaTime;

namespace ProactiveCare.Ledger;

/// <summary>An entry as it stands in the books.</summary>
internal sealed record PostedEntry(
    EntryId Id, Instant PostedAt, string Kind, string Key, ActorId ActorId, string Actor, CaseId? CaseId,
    CreditId? CreditId, string Memo)
{
    /// <summary>In the order of their lines, as stored: a check reads what is there, legal or not.</summary>
    public List<PostedLine> Lines { get; } = [];

    /// <summary>Entries after one, up to another, in order, read as they are asked for.</summary>
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

    /// <summary>The text that a seal stands for: everything that was decided about the entry, unambiguous.</summary>
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

/// <summary>A posting as it is stored.</summary>
internal sealed record PostedLine(string Account, long Minor, string Currency);
