using System.Text.Json;
using NodaTime;

namespace ProactiveCare.Detection;

/// <summary>What a detector says: this customer, this subject, this service event, this evidence.</summary>
/// <param name="Subject">What it is about, within the job: with job and customer, a case's key for ever.</param>
/// <param name="CustomerId">Whom it happened to.</param>
/// <param name="ServiceEvent">What happened to them, whoever noticed it: the same words in every job.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="AmountBasis">What a share is a share of, in minor units, when not the purchase; not negative.</param>
/// <param name="InDoubt">Whether it lies in the band that the job decides for the customer's benefit.</param>
/// <param name="PurchaseId">The purchase that it is about; null when it is about none.</param>
/// <param name="Evidence">Everything else that the detector saw: a JSON object.</param>
public sealed record Finding(
    string Subject, CustomerId CustomerId, string ServiceEvent, Instant OccurredAt, long? AmountBasis, bool InDoubt,
    PurchaseId? PurchaseId, string Evidence)
{
    /// <summary>A text of the evidence, if it holds one of that name.</summary>
    public string? Text(string name)
    {
        using var evidence = JsonDocument.Parse(Evidence);
        return evidence.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
    }
}
