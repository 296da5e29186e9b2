using System.Runtime.CompilerServices;

namespace ProactiveCare.Stories;

/// <summary>The checkout that this runs in.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private static string Here([CallerFilePath] string path = "") => path;
}
