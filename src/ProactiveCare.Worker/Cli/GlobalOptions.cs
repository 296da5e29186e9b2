namespace ProactiveCare.Worker.Cli;

/// <summary>The options of every verb.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Data = New<string?>(
        "--data", "FOLDER", "The data folder (default: ./data).");

    public static readonly Option<string?> Jobs = New<string?>(
        "--jobs", "FOLDER", "The folder of job folders (default: ./jobs).");

    public static readonly Option<string?> Settings =
        New<string?>("--settings", "FILE", "A JSON file of settings (default: ./appsettings.json, if there is one).");

    public static readonly Option<string?> Now =
        New<string?>(
            "--now", "INSTANT",
            "Act as if it were this instant; only in a data folder made with 'db init --simulated'.");

    public static readonly Option<bool> Json = New<bool>("--json", null, "Answer in JSON, for programs.");

    public static readonly Option<bool> Debug = New<bool>(
        "--debug", null, "Show where an unexpected failure came from.");

    public static IEnumerable<Option> All => [Data, Jobs, Settings, Now, Json, Debug];

    private static Option<T> New<T>(string name, string? help, string description) =>
        new(name) { HelpName = help, Description = description, Recursive = true };
}
