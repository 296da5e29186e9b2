using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Ledger;

/// <summary>Chains committed entries by hashes, batch by batch, so that a later change of any of them shows.</summary>
public sealed class Sealer(TimeProvider time)
{
    private const int MaxEntries = 1000;

    /// <summary>Seals what is committed and not sealed yet, up to a thousand entries.</summary>
    /// <returns>How many entries were sealed; call again while it is not zero.</returns>
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
