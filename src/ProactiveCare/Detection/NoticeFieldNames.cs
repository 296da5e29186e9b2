using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Detection;

/// <summary>The names under which notices show the columns of a detector, and what the names say of them.</summary>
/// <param name="folder">A data folder with the schema that statements are prepared against.</param>
/// <param name="time">The clock.</param>
/// <param name="sources">The engines besides it that hold telemetry.</param>
public sealed class NoticeFieldNames(DataFolder folder, TimeProvider time, Sources? sources = null)
{
    private const string Instants = "_at";
    private const string Flags = "is_";

    private readonly SqlDetection detection = new(folder, sources ?? Sources.None, time);

    /// <summary>The names that a job's notices may use; problems of its statement are added.</summary>
    public IReadOnlyCollection<string> Of(Job job, ICollection<JobProblem> found)
    {
        if (job.Detect is not SqlDetector detector) return HazardDetector.Evidence;
        foreach (var problem in detection.Check(detector))
            found.Add(new JobProblem(detector.For(folder).File, 0, "", problem));
        return [.. detection.Columns(detector).Select(NameOf)];
    }

    /// <summary>A column's name in a notice: an instant, in milliseconds under a name that ends in <c>_at</c>, loses
    /// the ending.</summary>
    public static string NameOf(string column) =>
        column.EndsWith(Instants, StringComparison.Ordinal) ? column[..^Instants.Length] : column;

    /// <summary>Whether a column of that name holds an instant.</summary>
    public static bool IsInstant(string column) => column.EndsWith(Instants, StringComparison.Ordinal);

    /// <summary>Whether a column of that name holds yes or no, as 1 or 0.</summary>
    public static bool IsFlag(string column) => column.StartsWith(Flags, StringComparison.Ordinal);
}
