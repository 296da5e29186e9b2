namespace ProactiveCare.Hazards;

/// <summary>One message about a hazard, as it is stored.</summary>
/// <param name="Arrival">Its arrival number.</param>
/// <param name="AlertId">The message's id, as published.</param>
/// <param name="EventKey">The key of its hazard; later messages of the same hazard share it.</param>
/// <param name="Event">The kind of hazard, such as <c>Ice Storm Warning</c>.</param>
/// <param name="Status">CAP status; only <c>Actual</c> is real.</param>
/// <param name="MessageType">CAP message type.</param>
/// <param name="Severity">CAP severity.</param>
/// <param name="Urgency">CAP urgency.</param>
/// <param name="Response">CAP response type.</param>
/// <param name="EventCodes">SAME and NWS event codes, as a JSON array.</param>
/// <param name="VtecAction">The effect of the message on its event; null without a VTEC.</param>
/// <param name="VtecClass">O when the VTEC is operational; null without a VTEC.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="OnsetAt">When the hazard begins.</param>
/// <param name="ExpiresAt">When the message goes stale.</param>
/// <param name="EndsAt">When the hazard ends; null when unknown.</param>
/// <param name="Area">The area in words.</param>
/// <param name="Headline">One line about it.</param>
/// <param name="Description">The expected weather.</param>
/// <param name="Instruction">The advice to the public.</param>
/// <param name="Codes">Area codes, as JSON.</param>
/// <param name="Polygon">The area as GeoJSON geometry; null when there are only codes.</param>
/// <param name="Superseded">Whether a later actual warning that is sent and stored replaces it.</param>
public sealed record Hazard(
    long Arrival,
    string AlertId,
    string EventKey,
    string Event,
    string Status,
    string MessageType,
    string Severity,
    string Urgency,
    string? Response,
    string EventCodes,
    string? VtecAction,
    string? VtecClass,
    Instant SentAt,
    Instant OnsetAt,
    Instant? ExpiresAt,
    Instant? EndsAt,
    string Area,
    string? Headline,
    string? Description,
    string? Instruction,
    string Codes,
    string? Polygon,
    bool Superseded)
{
    // A warning that comes with less left is none.
    private static readonly Duration LeastLeft = Duration.FromMinutes(10) - Duration.FromMilliseconds(1);
    private static readonly Duration Unstated = Duration.FromDays(1);

    /// <summary>The end of the need to warn: the hazard's end, or when that is unknown the message's, which is a day
    /// after the onset where the message states none.</summary>
    public Instant OverAt => EndsAt ?? ExpiresAt ?? Instant.Max(OnsetAt, SentAt) + Unstated;

    /// <summary>The moment from which a warning is of no use. Before it the hazard lies ahead, or is in force for at
    /// least ten minutes more: most short-fused warnings begin when they are issued.</summary>
    public Instant UselessAt => Instant.Max(OnsetAt, OverAt - LeastLeft);
}

/// <summary>The hazards that customers are warned of.</summary>
/// <param name="Events">Kinds of hazard, such as <c>Ice Storm Warning</c>; none means every kind.</param>
/// <param name="Severities">CAP severities; none means every severity.</param>
public sealed record HazardRule(IReadOnlyList<string> Events, IReadOnlyList<string> Severities);
