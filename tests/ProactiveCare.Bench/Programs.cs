using System.Diagnostics;

namespace ProactiveCare.Bench;

/// <summary>Other people's programs.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>How long it took, its start included, and what it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has its last words.</exception>
    public static async Task<(double Seconds, string Output)> Run(
        string program, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        var seconds = watch.Elapsed.TotalSeconds;
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed: {await errors}{await output}");
        return (seconds, await output);
    }

    /// <summary>Starts a program that runs until it is disposed.</summary>
    public static Process Start(string program, params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;

    /// <summary>Ends a program that was started here.</summary>
    public static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    public static async Task<string> Version(string program, params string[] arguments) =>
        (await Run(program, arguments)).Output.Split('\n')[0].Trim();
}
