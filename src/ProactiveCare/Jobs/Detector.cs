using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Jobs;

/// <summary>What a job looks for, and where.</summary>
public abstract record Detector
{
    /// <summary>The name of the product's own store.</summary>
    public const string Telemetry = "telemetry";

    /// <summary>The name of the source that is read: <see cref="Telemetry"/>, or one that the settings name.</summary>
    public required string Source { get; init; }

    /// <summary>Whether another engine than the product's own is asked, about a window of time.</summary>
    public bool IsElsewhere => Source.Length > 0 && Source != Telemetry;

    /// <summary>A subject is judged when it has been quiet this long: 0 to 30 days.</summary>
    public required Duration Settle { get; init; }

    /// <summary>How long a case waits for a customer or purchase that has not arrived: 1 hour to 365 days.</summary>
    public required Duration Look { get; init; }
}

/// <summary>A read-only SELECT of the job's own.</summary>
public sealed record SqlDetector : Detector
{
    /// <summary>The file in the job's folder that holds the statement.</summary>
    public required string File { get; init; }

    /// <summary>The statement.</summary>
    public required string Sql { get; init; }

    /// <summary>The statement for PostgreSQL, where one text cannot serve both; null when one does.</summary>
    public string? PostgresSql { get; init; }

    /// <summary>
    /// What the statement sees beside the engine's own names, by name without the @: <see cref="long"/> for whole
    /// numbers, flags (1 or 0) and durations in seconds, <see cref="double"/> for fractions (5% is 0.05), or text.
    /// </summary>
    public required IReadOnlyDictionary<string, object> Parameters { get; init; }

    /// <summary>More rows than this are refused: 1 to 1,000,000.</summary>
    public required int RowCap { get; init; }

    /// <summary>The statement is interrupted after this long: 1 second to 10 minutes.</summary>
    public required Duration Timeout { get; init; }

    /// <summary>What the twin of a statement's file is called that PostgreSQL is asked with.</summary>
    public static string PostgresFile(string file) => file[..^".sql".Length] + ".postgresql.sql";

    /// <summary>The statement for the database of an installation, and the file that holds it.</summary>
    public (string Sql, string File) For(DataFolder folder) => PostgresSql is null
        ? (Sql, File)
        : folder.Choose((Sql, File), (PostgresSql, PostgresFile(File)));
}

/// <summary>Actual hazard alerts whose area holds a customer's premises.</summary>
public sealed record HazardDetector : Detector
{
    /// <summary>The names of the evidence that every finding has.</summary>
    public static IReadOnlyList<string> Evidence { get; } =
        ["event", "headline", "onset", "ends", "area", "instruction", "premises_label"];

    /// <summary>The event names as the agency writes them, such as <c>Ice Storm Warning</c>.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>CAP severities: some of Extreme, Severe, Moderate, Minor, Unknown.</summary>
    public required IReadOnlyList<string> Severities { get; init; }
}
