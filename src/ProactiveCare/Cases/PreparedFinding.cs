using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ProactiveCare.Detection;

namespace ProactiveCare.Cases;

/// <summary>A finding with all that is known of it before the database is asked, which keeps the writer free.</summary>
/// <param name="Finding">What the detector said.</param>
/// <param name="PurchaseId">The purchase that its evidence names; null when it names none.</param>
/// <param name="Draw"><see cref="Facts.Draw"/>.</param>
internal sealed record PreparedFinding(Finding Finding, PurchaseId? PurchaseId, decimal Draw)
{
    public static PreparedFinding Of(JobId job, Finding finding) => new(
        finding, finding.Text("purchase_id") is { } id ? new PurchaseId(id) : null, DrawOf(job, finding));

    // The same for a case for ever, on every machine, and even over cases.
    private static decimal DrawOf(JobId job, Finding finding)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{job}\n{finding.Subject}\n{finding.CustomerId}"));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / 4_294_967_296m;
    }
}
