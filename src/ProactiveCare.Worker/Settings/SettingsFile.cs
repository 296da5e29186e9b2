using Microsoft.Extensions.Configuration;

namespace ProactiveCare.Worker.Settings;

/// <summary>The sources of settings, later ones winning: appsettings.json, file, environment, command line.</summary>
internal static class SettingsFile
{
    private const int Largest = 1 << 20;

    public const string EnvironmentPrefix = "ProactiveCare__";

    /// <exception cref="UsageException">A file is missing or no JSON, or settings are wrong.</exception>
    public static ProactiveCareSettings Load(string workingDirectory, string? file, string? data, string? jobs)
    {
        var builder = new ConfigurationBuilder();
        try
        {
            Add(builder, Path.Combine(workingDirectory, "appsettings.json"), optional: true);
            if (file is not null) Add(builder, Path.GetFullPath(file, workingDirectory), optional: false);
            var given = builder.AddEnvironmentVariables(EnvironmentPrefix).AddInMemoryCollection(Told(data, jobs))
                .Build();
            return SettingsReader.Read(given, workingDirectory);
        }
        catch (FormatException e)
        {
            throw new UsageException($"The settings in {file ?? "appsettings.json"} cannot be read: {e.Message}");
        }
    }

    private static void Add(ConfigurationBuilder builder, string path, bool optional)
    {
        if (File.Exists(path)) builder.AddJsonStream(new MemoryStream(Checked(path)));
        else if (!optional) throw new UsageException($"There is no settings file {path}.");
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
            throw new UsageException($"{path} is not JSON: {e.Message}");
        }
    }

    private static Dictionary<string, string?> Told(string? data, string? jobs)
    {
        var told = new Dictionary<string, string?>();
        if (data is not null) told["Data"] = data;
        if (jobs is not null) told["Jobs:Folder"] = jobs;
        return told;
    }
}
