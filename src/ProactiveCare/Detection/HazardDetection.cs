using System.Text.Json;
using ProactiveCare.Hazards;
using ProactiveCare.Jobs;

namespace ProactiveCare.Detection;

/// <summary>Finds customers whose premises lie in the area of an actual hazard that lies ahead or is in
/// force.</summary>
public static class HazardDetection
{
    /// <summary>One finding for each customer and hazard that a run sees.</summary>
    public static List<Finding> Find(DbConnection db, HazardDetector detector, Run run)
    {
        var rule = new HazardRule(detector.Events, detector.Severities);
        return
        [
            .. ActiveHazards.Affected(db, run.NowAt, run.After, run.Upto, rule).Select(hit => new Finding(
                $"hazard:{hit.Hazard.EventKey}", hit.Customer, $"hazard:{hit.Hazard.EventKey}", hit.Hazard.OnsetAt,
                    null, false, null,
                JsonSerializer.Serialize(new
                {
                    @event = hit.Hazard.Event,
                    headline = hit.Hazard.Headline,
                    severity = hit.Hazard.Severity,
                    area = hit.Hazard.Area,
                    instruction = hit.Hazard.Instruction,
                    onset_at = hit.Hazard.OnsetAt.ToUnixTimeMilliseconds(),
                    ends_at = hit.Hazard.EndsAt?.ToUnixTimeMilliseconds(),
                    useless_at = hit.Hazard.UselessAt.ToUnixTimeMilliseconds(),
                    premises_label = Label(db, hit.PremisesId),
                    alert_id = hit.Hazard.AlertId,
                }))),
        ];
    }

    private static string? Label(DbConnection db, string premisesId) =>
        db.ExecuteScalar<string?>("SELECT label FROM premises WHERE premises_id = @premisesId", new { premisesId });
}
