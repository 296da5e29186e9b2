using System.Text.Json;
using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Prepared;
using NetTopologySuite.Geometries.Utilities;

namespace ProactiveCare.Telemetry;

/// <summary>The areas of alerts, as GeoJSON (RFC 7946): longitude first, rings closed.</summary>
internal static class Polygons
{
    private const int FewestOfRing = 4;
    private const int MostPoints = 50_000;
    // With many crossing lines, a repair costs the square of their number.
    private const int MostPointsCrossed = 500;

    private static readonly GeometryFactory Factory = new();

    /// <exception cref="FormatException">It is no area on the globe; the message says why.</exception>
    public static Geometry Parse(JsonElement geometry)
    {
        if (geometry.ValueKind != JsonValueKind.Object
            || !geometry.TryGetProperty("type", out var type)
            || !geometry.TryGetProperty("coordinates", out var coordinates))
            throw new FormatException("its geometry has no type or no coordinates");
        return type.ToString() switch
        {
            "Polygon" => Polygon(coordinates),
            "MultiPolygon" => Factory.CreateMultiPolygon([.. Items(coordinates).Select(Polygon)]),
            var other => throw new FormatException($"its geometry is a {other}, which is no area"),
        };
    }

    /// <summary>Refuses a polygon that could not be prepared later, or not in time.</summary>
    /// <exception cref="FormatException">It is no usable area; the message says why.</exception>
    public static void Check(JsonElement geometry)
    {
        var area = Parse(geometry);
        if (area.NumPoints > MostPoints) throw new FormatException($"its area has more than {MostPoints} points");
        if (area is { IsEmpty: false, IsValid: true }) return;
        if (area.NumPoints > MostPointsCrossed)
            throw new FormatException($"its area crosses itself and has more than {MostPointsCrossed} points");
        if (area.IsEmpty || GeometryFixer.Fix(area).IsEmpty) throw new FormatException("its area is empty");
    }

    /// <summary>Prepares a polygon for many points; a self-crossing outline is repaired rather than lost.</summary>
    public static IPreparedGeometry Prepare(string json)
    {
        using var document = JsonDocument.Parse(json);
        var geometry = Parse(document.RootElement);
        return PreparedGeometryFactory.Prepare(geometry.IsValid ? geometry : GeometryFixer.Fix(geometry));
    }

    /// <summary>Whether a place lies inside, or on the boundary.</summary>
    public static bool Covers(this IPreparedGeometry area, double latitude, double longitude) =>
        area.Covers(Factory.CreatePoint(new Coordinate(longitude, latitude)));

    private static Polygon Polygon(JsonElement rings)
    {
        var outlines = Items(rings).Select(Ring).ToList();
        return outlines.Count == 0
            ? throw new FormatException("its polygon is empty")
            : Factory.CreatePolygon(outlines[0], [.. outlines.Skip(1)]);
    }

    private static LinearRing Ring(JsonElement positions)
    {
        Coordinate[] points = [.. Items(positions).Select(Position)];
        if (points.Length < FewestOfRing) throw new FormatException("its polygon has a ring of fewer than four points");
        return points[0].Equals2D(points[^1])
            ? Factory.CreateLinearRing(points)
            : throw new FormatException("its polygon has a ring that is not closed");
    }

    private static Coordinate Position(JsonElement position)
    {
        var numbers = Items(position).Take(2).Select(n =>
            n.ValueKind == JsonValueKind.Number && n.TryGetDouble(out var value) && double.IsFinite(value)
                ? value
                : throw new FormatException("its polygon has a coordinate that is not a number")).ToList();
        if (numbers.Count < 2) throw new FormatException("its polygon has a point without two coordinates");
        return Math.Abs(numbers[0]) <= 180 && Math.Abs(numbers[1]) <= 90
            ? new Coordinate(numbers[0], numbers[1])
            : throw new FormatException("its polygon has a point outside the globe");
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement array) =>
        array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray()
            : throw new FormatException("its geometry is not made of lists of coordinates");
}
