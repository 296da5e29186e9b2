using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Hazards;

/// <summary>A customer affected by a hazard.</summary>
/// <param name="Hazard">The message about the hazard.</param>
/// <param name="Customer">The customer to warn.</param>
/// <param name="PremisesId">The customer's first affected premises, by priority and then id.</param>
public sealed record AffectedCustomer(Hazard Hazard, CustomerId Customer, string PremisesId);

/// <summary>Finds the customers affected by hazards.</summary>
public static class ActiveHazards
{
    private const string Columns =
        """
        arrival, alert_id, event_key, event, status, message_type, severity, urgency, response, event_codes,
        vtec_action, vtec_class, sent_at, onset_at, expires_at, ends_at, area, headline, description,
        instruction, codes, polygon,
        EXISTS (
          SELECT 1 FROM alert_reference JOIN alert AS later ON later.alert_id = later_id
          WHERE earlier_id = alert.alert_id AND later.sent_at <= @now AND later.status = 'Actual'
            AND later.sent_at >= alert.sent_at AND NOT EXISTS (
              SELECT 1 FROM alert_reference AS back
              WHERE back.earlier_id = later.alert_id AND back.later_id = alert.alert_id
                AND later.sent_at = alert.sent_at)
            AND COALESCE(later.vtec_class, 'O') = 'O' AND later.message_type IN ('Alert', 'Update')
            AND later.response IS DISTINCT FROM 'AllClear' AND later.urgency <> 'Past'
            AND COALESCE(later.vtec_action, '') NOT IN ('CAN', 'EXP', 'UPG')) AS superseded
        """;

    // A message that ends its event ends it for its own places only: where one county of seven is cancelled, six stay
    // warned.
    private const string Endings =
        """
        SELECT codes, polygon FROM alert_reference JOIN alert ON alert_id = later_id
        WHERE earlier_id = @AlertId AND sent_at <= @now AND status = 'Actual' AND COALESCE(vtec_class, 'O') = 'O'
          AND (message_type = 'Cancel'
            OR message_type IN ('Alert', 'Update')
              AND (response = 'AllClear' OR urgency = 'Past' OR vtec_action IN ('CAN', 'EXP', 'UPG')))
        """;

    // Each branch is an index search, so premises are never scanned as a whole; HazardArea decides.
    private static string Candidates(DbConnection db) =>
        $"""
        SELECT premises_id, customer_id, latitude, longitude, county_fips, forecast_zone, priority
        FROM {db.Arrays("@zones", "r")} CROSS JOIN premises
        WHERE forecast_zone BETWEEN r.value ->> 0 AND r.value ->> 1 AND (@box = 0 OR latitude IS NULL)
        UNION
        SELECT premises_id, customer_id, latitude, longitude, county_fips, forecast_zone, priority
        FROM {db.Arrays("@counties", "r")} CROSS JOIN premises
        WHERE county_fips BETWEEN r.value ->> 0 AND r.value ->> 1 AND (@box = 0 OR latitude IS NULL)
        UNION
        SELECT premises_id, customer_id, latitude, longitude, county_fips, forecast_zone, priority
        FROM premises
        WHERE @box = 1 AND latitude BETWEEN @south AND @north AND longitude BETWEEN @west AND @east
        """;

    /// <summary>The messages after one arrival number, up to and including another, in order, with their state at an
    /// instant: messages sent later supersede nothing yet.</summary>
    public static IReadOnlyList<Hazard> Between(DbConnection db, Instant now, long after, long upto) =>
        [.. db.Query<Hazard>(
            $"SELECT {Columns} FROM alert WHERE arrival > @after AND arrival <= @upto ORDER BY arrival",
            new { now, after, upto })];

    /// <summary>The customers warned by a range of arrivals at an instant: one entry for each customer and hazard,
    /// regardless of the number of messages and premises. Ranges may overlap.</summary>
    public static IReadOnlyList<AffectedCustomer> Affected(
        DbConnection db, Instant now, long after, long upto, HazardRule rule)
    {
        var first = new Dictionary<(string Customer, string Event), (Hazard Hazard, Place Place)>();
        foreach (var hazard in Between(db, now, after, upto).Where(h =>
            AlertRules.Judge(h, rule, now) == AlertExclusion.None))
        {
            foreach (var place in Places(db, hazard, now))
            {
                var key = (place.CustomerId, hazard.EventKey);
                if (!first.TryGetValue(key, out var before) || place.IsBefore(before.Place))
                    first[key] = (hazard, place);
            }
        }
        return [.. first.Values
            .OrderBy(f => f.Hazard.Arrival).ThenBy(f => f.Place.CustomerId, StringComparer.Ordinal)
            .Select(f => new AffectedCustomer(f.Hazard, new CustomerId(f.Place.CustomerId), f.Place.PremisesId))];
    }

    private static List<Place> Places(DbConnection db, Hazard hazard, Instant now)
    {
        var area = new HazardArea(hazard);
        var ended = db.Query<(string Codes, string? Polygon)>(Endings, new { hazard.AlertId, now })
            .Select(ending => new HazardArea(ending.Codes, ending.Polygon)).ToList();
        var parameters = new
        {
            zones = Ranges(area.Codes.Forecast),
            counties = Ranges(area.Codes.Counties),
            box = area.Box is null ? 0 : 1,
            south = area.Box?.MinY,
            north = area.Box?.MaxY,
            west = area.Box?.MinX,
            east = area.Box?.MaxX,
        };
        return [.. db.Query<Place>(Candidates(db), parameters)
            .Where(place => area.Warns(place) && !ended.Exists(ending => ending.IsNowhere || ending.Covers(place)))];
    }

    private static string Ranges(IEnumerable<string> codes) => Lists.Json(
        codes.Select(AreaCodes.Range).Select(r => new[] { r.From, r.To }));
}
