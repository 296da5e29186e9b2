namespace ProactiveCare.Bench;

/// <summary>A temporary folder for everything that is measured, and the tree that this program was built in.</summary>
internal sealed class Room(BenchOptions options) : IDisposable
{
    private int folders;

    public BenchOptions Options { get; } = options;

    public string Path { get; } = Directory.CreateTempSubdirectory("proactive-care-bench-").FullName;

    public static string Jobs { get; } = System.IO.Path.Combine(Root(), "jobs");

    /// <summary>A file that lies beside this program.</summary>
    public static string Beside(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, name);

    public string Folder(string name) =>
        Directory.CreateDirectory(System.IO.Path.Combine(Path, $"{name}-{++folders}")).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(System.IO.Path.Combine(at.FullName, "ProactiveCare.sln"))) return at.FullName;
        throw new InvalidOperationException("The bench runs from a build inside the source tree.");
    }
}
