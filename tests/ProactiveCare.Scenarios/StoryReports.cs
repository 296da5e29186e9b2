namespace ProactiveCare.Scenarios;

/// <summary>The inputs of tests/cases.</summary>
internal sealed partial class Story
{
    /// <summary>A file of tests/cases.</summary>
    public static string Reported(params string[] path) =>
        File.ReadAllText(Path.Combine([Repository.Root, "tests", "cases", .. path]));

    /// <summary>Sets the clock; nothing else happens.</summary>
    public Story AsOf(string instant)
    {
        clock.Now = Time.Parse(instant);
        return this;
    }

    /// <summary>Imports the files of a report, each named after its kind.</summary>
    public Story Report(string name, params string[] kinds) =>
        kinds.Aggregate(this, (story, kind) => story.Given(kind, Reported("reports", name, kind + ".csv")));
}
