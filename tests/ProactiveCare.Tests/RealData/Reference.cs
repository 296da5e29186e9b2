using System.Diagnostics;

namespace ProactiveCare.Tests.RealData;

/// <summary>Runs the separate calculations of tests/reference: Python that shares nothing with the product.</summary>
public static class Reference
{
    /// <summary>The lines a script prints; fails with what the script said when its exit code is not 0.</summary>
    public static IReadOnlyList<string> Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("python3")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(RecordedData.Root, "tests", "reference"),
        };
        string[] all = ["-B", script, .. arguments];
        foreach (var argument in all)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{script} {string.Join(' ', arguments)}: {error.Result}");
        return lines;
    }
}
