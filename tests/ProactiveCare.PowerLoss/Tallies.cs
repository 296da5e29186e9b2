using System.Data.Common;
using Dapper;

namespace ProactiveCare.PowerLoss;

/// <summary>Counts that never go down: less than was acknowledged means that something is lost.</summary>
internal static class Tallies
{
    private static readonly (string Name, string Of)[] Counted =
    [
        ("customers", "customer"), ("purchases", "purchase"), ("sessions", "session"),
        ("imports", "import WHERE finished_at IS NOT NULL"), ("actors", "actor"), ("audit", "audit"),
        ("job versions", "job_version"), ("runs", "run WHERE state = 'completed'"), ("cases", "care_case"),
        ("decisions", "decision"), ("entitlements", "entitlement"), ("credits", "credit"),
        ("credits settled", "credit WHERE state = 'settled'"), ("entries", "entry"), ("postings", "posting"),
        ("seals", "seal"), ("refund files", "payment_batch"),
        ("refund files written", "payment_batch WHERE sent_at IS NOT NULL"), ("refund lines", "payment"),
        ("answers", "payment WHERE status IS NOT NULL"), ("notices", "notice"),
        ("notices claimed", "notice WHERE claimed_at IS NOT NULL"), ("notices sent", "notice WHERE state = 'sent'"),
    ];

    private static readonly string Query = string.Join(
        " UNION ALL ", Counted.Select(each => $"SELECT '{each.Name}', count(*) FROM {each.Of}"));

    public static Dictionary<string, long> Of(DbConnection db) =>
        db.Query<(string Name, long Count)>(Query).ToDictionary(each => each.Name, each => each.Count);
}
