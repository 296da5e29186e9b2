using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Prepared;

namespace ProactiveCare.Telemetry;

/// <summary>
/// Where a hazard is. The most exact description that both the alert and the premises know decides: the polygon by
/// coordinates, else the forecast zones by zone, else the counties.
/// </summary>
internal sealed class HazardArea(Hazard hazard)
{
    private readonly IPreparedGeometry? polygon = hazard.Polygon is { } json ? Polygons.Prepare(json) : null;

    public AlertCodes Codes { get; } = AlertCodes.Parse(hazard.Codes);

    /// <summary>The box around the polygon; null without one.</summary>
    public Envelope? Box => polygon?.Geometry.EnvelopeInternal;

    public bool Covers(Place place)
    {
        if (polygon is not null && place is { Latitude: { } latitude, Longitude: { } longitude })
            return polygon.Covers(latitude, longitude);
        if (Codes.Forecast.Count > 0 && place.ForecastZone is { } zone)
            return Codes.Forecast.Any(z => AreaCodes.Names(z, zone));
        return place.CountyFips is { } county && Codes.Counties.Any(c => AreaCodes.Names(c, county));
    }
}
