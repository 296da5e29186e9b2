using System.Diagnostics;

namespace ProactiveCare.Tests.RealData;

/// <summary>Runs the separate calculations of tests/reference: Python that shares nothing with the product.</summary>
public static class Reference
{
    // Debian's own, where it is, has Debian's modules.
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>The lines a script prints; fails with its error text when its exit code is not 0.</summary>
    public static IReadOnlyList<string> Run(string script, params string[] arguments) => Answer(script, "", arguments);

    /// <summary>The lines a script prints when it reads a text.</summary>
    public static IReadOnlyList<string> Answer(string script, string text, params string[] arguments)
    {
        using var process = Start(script, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var read = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(text);
        process.StandardInput.Close();
        var lines = read.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{script} {string.Join(' ', arguments)}: {error.Result}");
        return lines;
    }

    /// <summary>A script at work.</summary>
    public static Process Start(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(RecordedData.Root, "tests", "reference"),
        };
        string[] all = ["-B", script, .. arguments];
        foreach (var argument in all)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
