using Microsoft.Extensions.Configuration;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli;

/// <summary>A file or standard input that the caller lets a verb read.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Content">Its bytes; the verb disposes it.</param>
/// <param name="Length">The number of bytes, where it is known.</param>
internal sealed record Input(string Name, Stream Content, long? Length);

/// <summary>The caller of a verb, and the resources that it provides.</summary>
/// <param name="Terminal">The terminal for the answer.</param>
/// <param name="OsUser">The operating-system user, as the system reports it.</param>
/// <param name="Open">Opens a file with the rights of the caller; <c>-</c> is standard input.</param>
internal sealed record Caller(Terminal Terminal, string OsUser, Func<string, CancellationToken, Task<Input>> Open)
{
    /// <summary>The folder that relative paths start at.</summary>
    public string WorkingDirectory { get; init; } = System.Environment.CurrentDirectory;

    /// <summary>The settings in the environment.</summary>
    public IConfiguration Environment { get; init; } = SettingsFile.Environment;

    /// <summary>The clock where no instant is given.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The source of random names.</summary>
    public Random Random { get; init; } = Random.Shared;

    public static Caller OfThisProcess() => new(Terminal.OfThisProcess(), OsUsers.Current, OpenLocal);

    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
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
