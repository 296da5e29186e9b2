using Microsoft.Extensions.Configuration;

namespace ProactiveCare.Worker.Settings;

/// <summary>The sources of settings, later ones winning: appsettings.json, file, environment, command line.</summary>
internal static class SettingsFile
{
    private const int Largest = 1 << 20;
    private const string JobsFolder = "Jobs:Folder";

    public const string EnvironmentPrefix = "ProactiveCare__";

    /// <summary>The settings in the environment of this process.</summary>
    public static IConfiguration Environment =>
        new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();

    /// <exception cref="UsageException">A file is missing or no JSON, or settings are wrong; names all.</exception>
    public static ProactiveCareSettings Load(
        string workingDirectory, string? file, string? data, string? jobs, IConfiguration? environment = null)
    {
        var usual = Path.Combine(workingDirectory, "appsettings.json");
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (File.Exists(usual)) Override(all, Read(usual));
        if (file is not null) Override(all, Read(Path.GetFullPath(Named("--settings", file), workingDirectory)));
        Override(all, environment ?? Environment);
        if (data is not null) all["Data"] = Named("--data", data);
        if (jobs is not null) all[JobsFolder] = Named("--jobs", jobs);
        return SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build(), workingDirectory);
    }

    // Merged by .NET, a value would stand beside the keys below it, and one list would keep the end of another. A blank
    // value is none, so it hides no earlier one.
    private static void Override(Dictionary<string, string?> all, IConfiguration source)
    {
        var given = source.AsEnumerable()
            .Where(entry => entry.Value is not null || !source.GetSection(entry.Key).GetChildren().Any())
            // Of the two names of one setting the exact one is last, and wins.
            .OrderBy(entry => !entry.Key.Equals("Jobs", StringComparison.OrdinalIgnoreCase))
            .Select(entry => (
                Key: entry.Key.Equals("Jobs", StringComparison.OrdinalIgnoreCase) ? JobsFolder : entry.Key,
                entry.Value))
            .Where(entry => !string.IsNullOrWhiteSpace(entry.Value) || !all.Keys.Any(key => Replaces(entry.Key, key)))
            .ToList();
        foreach (var key in all.Keys.Where(key => given.Exists(entry => Replaces(entry.Key, key))).ToList())
            all.Remove(key);
        foreach (var (key, value) in given) all[key] = value;
    }

    private static bool Replaces(string key, string other) => IsBelow(key, other) || IsBelow(other, key)
        || key.Equals(other, StringComparison.OrdinalIgnoreCase)
        || (IsItem(key) && IsItem(other) && ConfigurationPath.GetParentPath(key)!.Equals(
            ConfigurationPath.GetParentPath(other), StringComparison.OrdinalIgnoreCase));

    private static bool IsBelow(string key, string above) =>
        key.StartsWith(above + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase);

    private static bool IsItem(string key) => key.Contains(':', StringComparison.Ordinal)
        && ConfigurationPath.GetSectionKey(key).All(char.IsAsciiDigit);

    // A variable of a script that is not set would otherwise mean another folder.
    private static string Named(string option, string value) => !string.IsNullOrWhiteSpace(value)
        ? value
        : throw new UsageException($"{option} is empty: name what is meant, or leave the option out.");

    private static IConfiguration Read(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no settings file {path}.");
        try
        {
            return new ConfigurationBuilder().AddJsonStream(new MemoryStream(Checked(path))).Build();
        }
        catch (FormatException e)
        {
            throw new UsageException($"The settings in {path} cannot be read: {e.Message}");
        }
    }

    // A file may be a pipe without a length, or a device without an end.
    private static byte[] Bytes(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[Largest + 1];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read <= Largest
            ? bytes[..read]
            : throw new UsageException($"{path} is larger than {Largest >> 20} MiB: these are no settings.");
    }

    private static byte[] Checked(string path)
    {
        var bytes = Bytes(path);
        try
        {
            using var _ = System.Text.Json.JsonDocument.Parse(
                bytes,
                new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return bytes;
        }
        catch (System.Text.Json.JsonException e)
        {
            var text = e.Message.Split(" LineNumber:")[0].TrimEnd('.');
            throw new UsageException($"{path}:{e.LineNumber + 1}: is not JSON: {text}.");
        }
    }
}
