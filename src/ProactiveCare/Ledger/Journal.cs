using System.Buffers;
using ProactiveCare.Storage;

namespace ProactiveCare.Ledger;

/// <summary>One line of an entry.</summary>
/// <param name="Account">A name of <see cref="Ledger.Account"/>.</param>
/// <param name="Amount">Positive debits the account, negative credits it; never zero.</param>
public sealed record Posting(string Account, Money Amount);

/// <summary>A movement of money to post to the journal.</summary>
/// <param name="Kind">Its kind, as <c>thing.verb</c>.</param>
/// <param name="Key">The unique key, so that it is posted once, such as <c>credit:17:owed</c>.</param>
/// <param name="By">The actor.</param>
/// <param name="Memo">A line for the reader of the books, without personal data.</param>
/// <param name="Postings">At least two, with the sum zero in every currency.</param>
public sealed record Entry(string Kind, string Key, ActorId By, string Memo, IReadOnlyList<Posting> Postings)
{
    /// <summary>The case that it belongs to, if any.</summary>
    public CaseId? CaseId { get; init; }

    /// <summary>The credit that it belongs to, if any.</summary>
    public CreditId? CreditId { get; init; }
}

/// <summary>The double-entry journal: append only.</summary>
public static class Journal
{
    private static readonly SearchValues<char> KeyCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789:-");

    /// <summary>Posts an entry in the caller's transaction. If an entry with the same key and content exists, it is
    /// returned.</summary>
    /// <exception cref="LedgerException">It does not balance, or its key was used for something else.</exception>
    public static EntryId Post(DbConnection db, Entry entry, Instant now) => Append(db, [entry], now)[0];

    /// <summary>Posts entries in a shared transaction: from here to its end it holds the lock of the journal, so that
    /// entries are numbered without gaps. It is the last step of a transaction.</summary>
    /// <exception cref="LedgerException">One does not balance, or its key was used for something else.</exception>
    public static void PostAll(DbConnection db, IReadOnlyList<Entry> entries, Instant now)
    {
        if (entries.Count == 0) return;
        db.Lock("books");
        Append(db, entries, now);
    }

    private static List<EntryId> Append(DbConnection db, IReadOnlyList<Entry> entries, Instant now)
    {
        foreach (var entry in entries)
            if (Fault(entry) is { } fault)
                throw new LedgerException($"The entry {entry.Key} cannot be posted: {fault}.");
        var earlier = db.ForAll(
            "SELECT entry_id FROM entry WHERE key = ?1", entries, entry => [entry.Key], row => row.Number(0));
        var last = db.First("SELECT COALESCE(MAX(entry_id), 0) FROM entry", row => row.Number(0));
        var ids = new List<EntryId>();
        var fresh = new List<(EntryId Id, Entry Entry)>();
        foreach (var (entry, same) in entries.Zip(earlier))
        {
            ids.Add(new EntryId(same is [var id] ? id : ++last));
            if (same.Length == 0) fresh.Add((ids[^1], entry));
            else RequireSame(db, ids[^1], entry);
        }
        Insert(db, fresh, now);
        return ids;
    }

    private static void Insert(DbConnection db, List<(EntryId Id, Entry Entry)> fresh, Instant now)
    {
        db.ForAll(
            "INSERT INTO posting (entry_id, line, account, amount_minor, currency) VALUES (?1, ?2, ?3, ?4, ?5)",
            [.. fresh.SelectMany(one => one.Entry.Postings.Select((posting, i) => (one.Id, Line: i + 1, posting)))],
            one => [one.Id, one.Line, one.posting.Account, one.posting.Amount.Minor, one.posting.Amount.Currency]);
        db.ForAll(
            """
            INSERT INTO entry (entry_id, posted_at, kind, key, actor_id, case_id, credit_id, memo)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            fresh, one =>
            [
                one.Id, now, one.Entry.Kind, one.Entry.Key, one.Entry.By, one.Entry.CaseId, one.Entry.CreditId,
                one.Entry.Memo,
            ]);
    }

    /// <summary>The balance of an account by currency; debits are positive. Reads the whole journal.</summary>
    public static IReadOnlyList<Money> Balance(DbConnection db, string account) =>
        [.. db.Query<(long Minor, Currency Currency)>(
            """
            SELECT SUM(amount_minor), currency FROM posting WHERE account = @account
            GROUP BY currency ORDER BY currency
            """,
            new { account }).Select(sum => new Money(sum.Minor, sum.Currency))];

    /// <summary>
    /// The reason why an entry cannot be posted; null when it can. The database checks the same again.
    /// </summary>
    internal static string? Fault(Entry entry)
    {
        if (entry.Postings.Count < 2) return "it has fewer than two postings";
        foreach (var (account, amount) in entry.Postings)
        {
            if (!Account.IsLegal(account)) return $"'{account}' is not the name of an account";
            if (amount.Minor == 0) return "it has a posting of nothing";
        }
        if (entry.Key.AsSpan().ContainsAnyExcept(KeyCharacters))
            return "its key has other characters than lower-case letters, digits, colons and hyphens";
        if (entry.Postings is [var debit, var credit] && debit.Amount.Currency == credit.Amount.Currency
            && debit.Amount.Minor == -credit.Amount.Minor) return null;
        return entry.Postings.GroupBy(p => p.Amount.Currency)
            .Where(group => group.Sum(p => p.Amount.Minor) != 0)
            .Select(group => $"its postings in {group.Key} do not add up to nothing")
            .FirstOrDefault();
    }

    private static void RequireSame(DbConnection db, EntryId id, Entry entry)
    {
        var earlier = db.QuerySingle<Posted>(
            "SELECT entry_id, kind, case_id, credit_id FROM entry WHERE entry_id = @id", new { id });
        var postings = db.Query<(string Account, long Minor, Currency Currency)>(
            "SELECT account, amount_minor, currency FROM posting WHERE entry_id = @id ORDER BY line", new { id });
        var same = earlier == new Posted(id, entry.Kind, entry.CaseId, entry.CreditId)
            && postings.Select(p => new Posting(p.Account, new Money(p.Minor, p.Currency))).SequenceEqual(
                entry.Postings);
        if (!same) throw new LedgerException($"Entry {id} was posted as {entry.Key} already, with other content.");
    }

    private sealed record Posted(EntryId EntryId, string Kind, CaseId? CaseId, CreditId? CreditId);
}

/// <summary>The ledger refuses an entry; the message says what is wrong with it.</summary>
public sealed class LedgerException(string message) : Exception(message);
