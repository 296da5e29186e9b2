using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Tests.Jobs;

/// <summary>The jobs that are shipped, as they stand in the source tree.</summary>
internal static class Shipped
{
    public static string Root { get; } = FindRoot();

    public static string JobsFolder => Path.Combine(Root, "jobs");

    public static JobFolder Folder(string name) => JobFolder.Read(Path.Combine(JobsFolder, name));

    public static Job Job(string name) => Load(Folder(name));

    public static Job Load(JobFolder folder)
    {
        var load = new JobLoader(_ => null).Load(folder);
        Assert.Equal("", string.Join('\n', load.Problems));
        return load.Job!;
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "ProactiveCare.sln")))
            at = at.Parent ?? throw new DirectoryNotFoundException("The tests run outside the source tree.");
        return at.FullName;
    }
}
