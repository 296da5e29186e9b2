using System.Diagnostics;

namespace ProactiveCare.Tests.Storage;

/// <summary>A full disk, and folders without access, while the company works.</summary>
public sealed class DiskFaultTests
{
    // A file system of its own needs no root: a user is root in a namespace of theirs.
    private const string SmallDisk = "mount -t tmpfs -o size=6m small \"$1\" && exec \"$0\" \"$2\" full \"$1\"";

    // Permissions do not hold for root, unless it gives that right up.
    private const string AsAnyone =
        "if [ \"$(id -u)\" = 0 ]; then set -- setpriv --bounding-set=-dac_override,-dac_read_search "
        + "\"$0\" \"$2\" closed \"$1\"; else set -- \"$0\" \"$2\" closed \"$1\"; fi; exec \"$@\"";

    [Fact]
    public void Full_disk_is_reported_loses_nothing_and_work_resumes_with_space()
    {
        var said = Run("unshare", "-rm", "sh", "-c", SmallDisk);
        Assert.DoesNotContain("wrong", said);
        Assert.Contains("is full, so the last write was not stored; what was confirmed before it is. Make room", said);
        Assert.EndsWith("through\n", said);
    }

    [Fact]
    public void Inaccessible_folders_are_reported_and_work_resumes_with_access()
    {
        var said = Run("sh", "-c", AsAnyone);
        Assert.DoesNotContain("wrong", said);
        foreach (var folder in new[] { "outbox", "refunds/out", "refunds/in", "backups" })
            Assert.Matches($"refused: .*{folder}", said);
        Assert.EndsWith("through\n", said);
    }

    private static string Run(string program, params string[] arguments)
    {
        var root = Directory.CreateTempSubdirectory("disk-").FullName;
        try
        {
            var start = new ProcessStartInfo(program, [.. arguments, "dotnet", root,
                typeof(ProactiveCare.PowerLoss.Company).Assembly.Location])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return said.Length > 0 ? said : error.GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
