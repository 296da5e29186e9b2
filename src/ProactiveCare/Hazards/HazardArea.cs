using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Prepared;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Hazards;

/// <summary>
/// The area of a hazard. A polygon is the area itself; codes only list the zones and counties it touches.
/// </summary>
internal sealed class HazardArea(string codes, string? polygonJson)
{
    private readonly IPreparedGeometry? polygon = polygonJson is { } json ? Polygons.Prepare(json) : null;

    public HazardArea(Hazard hazard)
        : this(hazard.Codes, hazard.Polygon)
    {
    }

    public AlertCodes Codes { get; } = AlertCodes.Parse(codes);

    /// <summary>Whether no area is named. A cancellation without an area cancels everything it refers to.</summary>
    public bool IsNowhere =>
        polygon is null && Codes is { Forecast: [], Fire: [], County: [], Same: [] };

    /// <summary>The box around the polygon; null without one.</summary>
    public Envelope? Box => polygon?.Geometry.EnvelopeInternal;

    /// <summary>
    /// Whether a warning holds for a place: by polygon where both know coordinates, else by any code. Zones are
    /// renumbered from time to time, and a place that still has its old zone must not go unwarned when its county is
    /// named.
    /// </summary>
    public bool Warns(Place place) => Covers(place) || (!IsDrawnFor(place) && IsInCounty(place));

    /// <summary>Whether a place lies in the area by the most exact description that both know: the polygon, else the
    /// forecast zones, else the counties. Cancellations are matched this way, because zones of one county may be
    /// cancelled one by one.</summary>
    public bool Covers(Place place)
    {
        if (IsDrawnFor(place)) return polygon!.Covers(place.Latitude!.Value, place.Longitude!.Value);
        return Codes.Forecast.Count > 0 && place.ForecastZone is { } zone
            ? Codes.Forecast.Any(z => AreaCodes.Names(z, zone))
            : IsInCounty(place);
    }

    private bool IsDrawnFor(Place place) => polygon is not null && place is { Latitude: not null, Longitude: not null };

    private bool IsInCounty(Place place) =>
        place.CountyFips is { } county && Codes.Counties.Any(c => AreaCodes.Names(c, county));
}
