namespace ProactiveCare.Hazards;

/// <summary>The reason why a message about a hazard reaches no customer.</summary>
public enum AlertExclusion
{
    /// <summary>It reaches customers.</summary>
    None,

    /// <summary>Its status is not Actual.</summary>
    NotActual,

    /// <summary>It is a test although its status is Actual.</summary>
    Test,

    /// <summary>It is neither an alert nor an update.</summary>
    NotAWarning,

    /// <summary>Its VTEC is a test or experimental.</summary>
    NotOperational,

    /// <summary>Its VTEC cancels the event, lets it expire or replaces it.</summary>
    EventEnded,

    /// <summary>It gives the all-clear.</summary>
    AllClear,

    /// <summary>Its urgency is Past.</summary>
    Past,

    /// <summary>It is dated in the future, so it counts as not sent yet.</summary>
    NotYetSent,

    /// <summary>A later message replaces it.</summary>
    Superseded,

    /// <summary>Its kind of hazard is not selected.</summary>
    EventNotChosen,

    /// <summary>Its severity is not selected.</summary>
    SeverityNotChosen,

    /// <summary>The hazard is over, or the message is stale.</summary>
    Over,

    /// <summary>The hazard is in force, but for too short a time for a warning to be of use.</summary>
    EndsSoon,
}

/// <summary>Decides whether a message about a hazard reaches customers: exactly one reason when it does not.</summary>
public static class AlertRules
{
    // SAME codes of tests and transmitter messages: 47 CFR 11.31(e).
    private static readonly string[] TestCodes = ["RWT", "RMT", "DMO", "NPT", "NST", "TXB", "TXF", "TXO", "TXP"];
    private static readonly string[] TestWords =
        ["Test Message", "Practice/Demo", "Required Weekly Test", "Required Monthly Test"];

    /// <summary>
    /// The first reason against the message; <see cref="AlertExclusion.None"/> when it reaches customers.
    /// </summary>
    public static AlertExclusion Judge(Hazard hazard, HazardRule rule, Instant now)
    {
        if (hazard.Status != "Actual") return AlertExclusion.NotActual;
        if (IsTest(hazard)) return AlertExclusion.Test;
        if (hazard.MessageType is not ("Alert" or "Update")) return AlertExclusion.NotAWarning;
        if (hazard.VtecClass is not (null or "O")) return AlertExclusion.NotOperational;
        if (hazard.VtecAction is "CAN" or "EXP" or "UPG") return AlertExclusion.EventEnded;
        if (hazard.Response == "AllClear") return AlertExclusion.AllClear;
        if (hazard.Urgency == "Past") return AlertExclusion.Past;
        if (hazard.SentAt > now) return AlertExclusion.NotYetSent;
        if (hazard.Superseded) return AlertExclusion.Superseded;
        if (!Chosen(rule.Events, hazard.Event)) return AlertExclusion.EventNotChosen;
        if (!Chosen(rule.Severities, hazard.Severity)) return AlertExclusion.SeverityNotChosen;
        if (now >= hazard.OverAt) return AlertExclusion.Over;
        return now >= hazard.UselessAt ? AlertExclusion.EndsSoon : AlertExclusion.None;
    }

    private static bool Chosen(IReadOnlyList<string> chosen, string value) =>
        chosen.Count == 0 || chosen.Contains(value, StringComparer.OrdinalIgnoreCase);

    private static bool IsTest(Hazard hazard) =>
        TestCodes.Any(code => hazard.EventCodes.Contains($"\"{code}\"", StringComparison.Ordinal))
        || TestWords.Any(words => Says(hazard.Event, words))
        || Says(hazard.AlertId, "KEEPALIVE");

    private static bool Says(string? text, string words) =>
        text?.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
}
