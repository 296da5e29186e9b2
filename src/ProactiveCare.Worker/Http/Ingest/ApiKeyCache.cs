using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using ProactiveCare.Access;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>A cache of keys. An entry is at most a second old; an unknown key causes a lookup.</summary>
internal sealed class ApiKeyCache(Store store, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private Known? known;

    /// <summary>A new key that nobody can guess.</summary>
    public static string NewKey() => "pc_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <exception cref="ProblemException">There is no key, or it is unknown.</exception>
    public ProducerKey Find(StringValues authorization)
    {
        if (authorization.Count != 1
            || !AuthenticationHeaderValue.TryParse(authorization[0], out var given)
            || !string.Equals(given.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
            || string.IsNullOrEmpty(given.Parameter))
        {
            throw Unknown("Send the header Authorization: Bearer KEY, once.", "Bearer realm=\"telemetry\"");
        }
        var hash = Producers.HashOf(given.Parameter);
        var recent = Volatile.Read(ref known);
        var found = recent is not null && time.GetElapsedTime(recent.At) < Fresh ? recent.Of(hash) : null;
        found ??= Look().Of(hash);
        return found is not null && !(found.EndsAt <= time.Now())
            ? found
            : throw Unknown(
                "The key is not known, or not any more. An admin of the worker makes a new one with: proactive-care "
                + "producers add NAME",
                "Bearer realm=\"telemetry\", error=\"invalid_token\"");
    }

    private static ProblemException Unknown(string words, string challenge) =>
        new(401, words) { Header = ("WWW-Authenticate", challenge) };

    private Known Look()
    {
        var looked = new Known(time.GetTimestamp(), store.Read(db => Producers.Keys(db, time.Now())));
        Volatile.Write(ref known, looked);
        return looked;
    }

    private sealed record Known(long At, IReadOnlyList<ProducerKey> Keys)
    {
        // Every key is compared, each in constant time.
        public ProducerKey? Of(byte[] hash)
        {
            ProducerKey? found = null;
            foreach (var key in Keys)
            {
                if (CryptographicOperations.FixedTimeEquals(key.Hash, hash)) found = key;
            }
            return found;
        }
    }
}
