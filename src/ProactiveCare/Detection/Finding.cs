using System.Text.Json;
using NodaTime;

namespace ProactiveCare.Detection;

/// <summary>The result of a detector: a customer, a subject, a service event, and evidence.</summary>
/// <param name="Subject">Its subject within the job: with job and customer, the key of a case forever.</param>
/// <param name="CustomerId">The customer.</param>
/// <param name="ServiceEvent">The event behind it, in the same words in every job that detects it.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="AmountBasis">The amount that a share refers to, in minor units; null for the purchase price.</param>
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
