using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Worker.Cli;

/// <summary>A file, or standard input, that the one who asks lets a verb read.</summary>
/// <param name="Name">What to call it in messages.</param>
/// <param name="Content">Its bytes; the verb disposes it.</param>
/// <param name="Length">How many bytes there are, where that is known.</param>
internal sealed record Input(string Name, Stream Content, long? Length);

/// <summary>Who asks for a verb, and what they lend it.</summary>
/// <param name="Terminal">Where the answer goes.</param>
/// <param name="OsUser">The operating-system user, as the system says.</param>
/// <param name="Open">Opens a file with the rights of the one who asks; <c>-</c> is standard input.</param>
internal sealed record Caller(Terminal Terminal, string OsUser, Func<string, CancellationToken, Task<Input>> Open)
{
    /// <summary>The folder that relative paths start at.</summary>
    public string WorkingDirectory { get; init; } = Environment.CurrentDirectory;

    /// <summary>The clock where no instant is given.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where names are drawn from.</summary>
    public Random Random { get; init; } = Random.Shared;

    public static Caller OfThisProcess() => new(Terminal.OfThisProcess(), OsUsers.Current, OpenLocal);

    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static Task<Input> OpenLocal(string path, CancellationToken cancellation)
    {
        if (path == "-") return Task.FromResult(new Input("standard input", Console.OpenStandardInput(), null));
        try
        {
            var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
            return Task.FromResult(new Input(path, file, file.CanSeek ? file.Length : null));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(Directory.Exists(path)
                ? $"{path} is a folder; name the files in it."
                : $"{path} cannot be read: this user has no right to.", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"There is no file {path}.", e);
        }
    }
}
