using System.Security.Cryptography;
using ProactiveCare.Storage;

namespace ProactiveCare.Ledger;

/// <summary>Hash-chains committed entries, batch by batch, so that a later change of any of them is detected.</summary>
public sealed class Sealer(TimeProvider time)
{
    private const int MaxEntries = 1000;

    /// <summary>Seals committed entries that are not sealed yet, up to a thousand.</summary>
    /// <returns>The number of sealed entries; call again while it is not zero.</returns>
    public Task<int> RunOnce(Store store) => store.Write(db => SealNext(db, time.Now()));

    internal static byte[] Digest(PostedEntry entry) => SHA256.HashData(entry.Canonical());

    internal static byte[] Chain(byte[]? previous, byte[] digests) =>
        SHA256.HashData([.. previous ?? new byte[32], .. digests]);

    private static int SealNext(DbConnection db, Instant now)
    {
        var last = db.QuerySingleOrDefault<Seal>($"SELECT {Seal.Columns} FROM seal ORDER BY seq DESC LIMIT 1");
        var after = last?.LastEntry ?? 0;
        var digests = PostedEntry.Stream(db, after, after + MaxEntries).Select(Digest).ToList();
        if (digests.Count == 0) return 0;
        var joined = digests.SelectMany(digest => digest).ToArray();
        db.Execute(
            """
            INSERT INTO seal (seq, first_entry, last_entry, entries, digests, hash, sealed_at)
            VALUES (@seq, @first, @last, @count, @digests, @hash, @now)
            """,
            new
            {
                seq = (last?.Seq ?? 0) + 1,
                first = after + 1,
                last = after + digests.Count,
                count = digests.Count,
                digests = joined,
                hash = Chain(last?.Hash, joined),
                now,
            });
        return digests.Count;
    }
}

/// <summary>A sealed batch of entries.</summary>
internal sealed record Seal(long Seq, long FirstEntry, long LastEntry, byte[] Digests, byte[] Hash)
{
    public const string Columns = "seq, first_entry, last_entry, digests, hash";

    /// <summary>The digest that an entry of the batch had when it was sealed.</summary>
    public ReadOnlySpan<byte> DigestOf(long entry) => Digests.AsSpan((int)(entry - FirstEntry) * 32, 32);
}

/// <summary>The result of a check of the journal.</summary>
/// <param name="Entries">The number of entries.</param>
/// <param name="Sealed">The number of sealed entries.</param>
/// <param name="Turnover">The sum of all debits, currency by currency.</param>
/// <param name="Head">The hash of the last seal, which covers everything before it; empty before the first.</param>
/// <param name="Problems">The problems, in order; empty when the books are sound.</param>
public sealed record LedgerReport(
    long Entries, long Sealed, IReadOnlyList<Money> Turnover, string Head, IReadOnlyList<string> Problems);

/// <summary>Sums the whole journal again and compares it with its seals.</summary>
public static class LedgerCheck
{
    /// <summary>Reads every entry, posting and seal once.</summary>
    public static LedgerReport Run(DbConnection db)
    {
        var problems = new Problems();
        var sums = new SortedDictionary<string, (long Debit, long Net)>(StringComparer.Ordinal);
        using var seals = db.Query<Seal>($"SELECT {Seal.Columns} FROM seal ORDER BY seq", buffered: true).GetEnumerator(
            );
        var chain = new ChainCheck(seals, problems);
        var last = 0L;
        foreach (var entry in PostedEntry.Stream(db))
        {
            if (entry.Id.Value != last + 1) problems.Add(Missing(last + 1, entry.Id.Value - 1));
            last = entry.Id.Value;
            chain.Next(entry);
            AddUp(entry, sums, problems);
        }
        var issued = db.ExecuteScalar<long>("SELECT COALESCE(MAX(entry_id), 0) FROM last_issued_entry");
        if (issued > last) problems.Add(Missing(last + 1, issued));
        chain.End(last);
        foreach (var sum in sums.Where(sum => sum.Value.Net != 0))
            problems.Add($"All postings in {sum.Key} together come to {sum.Value.Net} minor units, not to nothing.");
        foreach (var orphan in db.Query<long>(
            """
            SELECT DISTINCT entry_id FROM posting WHERE entry_id NOT IN (SELECT entry_id FROM entry) ORDER BY entry_id
            """))
            problems.Add($"There are postings of entry {orphan}, which does not exist.");
        var turnover = sums.Where(sum => Currency.TryOf(sum.Key, out _))
            .Select(sum => new Money(sum.Value.Debit, Currency.Of(sum.Key)));
        return new LedgerReport(
            db.ExecuteScalar<long>("SELECT COUNT(*) FROM entry"), chain.Sealed, [.. turnover], chain.Head,
            problems.All);
    }

    private static string Missing(long first, long last) =>
        first == last ? $"Entry {first} is missing." : $"Entries {first} to {last} are missing.";

    private static void AddUp(
        PostedEntry entry, SortedDictionary<string, (long Debit, long Net)> sums, Problems problems)
    {
        if (entry.Lines.Count < 2) problems.Add($"Entry {entry.Id} has fewer than two postings.");
        foreach (var currency in entry.Lines.GroupBy(line => line.Currency, StringComparer.Ordinal))
        {
            var net = currency.Sum(line => line.Minor);
            if (net != 0)
                problems.Add($"Entry {entry.Id} does not balance in {currency.Key}: it is off by {net} minor units.");
            if (!Currency.TryOf(currency.Key, out _))
                problems.Add($"Entry {entry.Id} has an unknown currency {currency.Key}.");
            var sum = sums.GetValueOrDefault(currency.Key);
            var debits = currency.Where(line => line.Minor > 0).Sum(line => line.Minor);
            sums[currency.Key] = checked((sum.Debit + debits, sum.Net + net));
        }
    }

    /// <summary>Checks the chain of seals while the entries are read.</summary>
    private sealed class ChainCheck(IEnumerator<Seal> seals, Problems problems)
    {
        private Seal? current;
        private byte[]? hash;
        private bool ended;

        public long Sealed { get; private set; }

        public string Head => hash is null ? "" : Convert.ToHexStringLower(hash);

        public void Next(PostedEntry entry)
        {
            Reach(entry.Id.Value);
            if (current is not null && entry.Id.Value >= current.FirstEntry && entry.Id.Value <= current.LastEntry
                && !current.DigestOf(entry.Id.Value).SequenceEqual(Sealer.Digest(entry)))
                problems.Add($"Entry {entry.Id} ({entry.Key}) was changed after it was sealed.");
        }

        public void End(long lastEntry)
        {
            Reach(long.MaxValue);
            if (Sealed > lastEntry) problems.Add($"Entries {lastEntry + 1} to {Sealed} were sealed and are missing.");
        }

        private void Reach(long entry)
        {
            while (!ended && (current is null || entry > current.LastEntry))
            {
                ended = !seals.MoveNext();
                if (!ended) Open(seals.Current);
            }
        }

        private void Open(Seal seal)
        {
            if (seal.Seq != (current?.Seq ?? 0) + 1 || seal.FirstEntry != Sealed + 1)
                problems.Add($"A seal before seal {seal.Seq} is missing.");
            if (!seal.Hash.AsSpan().SequenceEqual(Sealer.Chain(hash, seal.Digests)))
                problems.Add($"Seal {seal.Seq} (entries {seal.FirstEntry} to {seal.LastEntry}) was changed, "
                    + "or a seal before it.");
            current = seal;
            hash = seal.Hash;
            Sealed = seal.LastEntry;
        }
    }

    // One faulty tool can spoil a million rows; a reader needs the first problems and the number of the rest.
    private sealed class Problems
    {
        private const int Shown = 100;
        private readonly List<string> shown = [];
        private int more;

        public IReadOnlyList<string> All => more == 0 ? shown : [.. shown, $"There are {more} more problems."];

        public void Add(string problem)
        {
            if (shown.Count < Shown) shown.Add(problem);
            else more++;
        }
    }
}
