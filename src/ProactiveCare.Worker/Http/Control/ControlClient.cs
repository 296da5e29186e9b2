using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Worker.Http.Control;

/// <summary>
/// Hands a verb to the worker that runs on the data folder, lends it the files that were named, and shows its answer.
/// </summary>
internal static class ControlClient
{
    /// <returns>The exit code; null when no worker listens there.</returns>
    /// <exception cref="IOException">The worker went away in the middle.</exception>
    /// <exception cref="StorageException">It cannot be reached, or the server that is meant cannot.</exception>
    public static async Task<int?> Forward(
        DataFolder folder, IReadOnlyList<string> args, Caller caller, CancellationToken cancellation)
    {
        using var socket = await Connect(folder, caller.Clock, cancellation);
        if (socket is null) return null;
        await using var stream = new NetworkStream(socket);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var sender = new FrameSender(stream, () => { });
        var traits = caller.Terminal.Traits;
        var request = new ControlRequest(
            args, caller.WorkingDirectory, traits.Interactive, traits.Rich, traits.Width, StoreIdOf(folder));
        sender.Send(FrameKind.Request, JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web));
        try
        {
            return await Answer(stream, sender, args, caller, ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    // The worker of a folder may be at work in another database than the settings here name.
    private static string? StoreIdOf(DataFolder folder)
    {
        if (folder.Server is null) return null;
        using var store = Store.OpenReadOnly(folder);
        return store.Installation.StoreId;
    }

    private static async Task<Socket?> Connect(DataFolder folder, TimeProvider clock, CancellationToken cancellation)
    {
        for (var tries = 1; File.Exists(folder.Socket); tries++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(folder.Socket), cancellation);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                // Refused: left behind by a worker that was killed.
                if (e.SocketErrorCode == SocketError.ConnectionRefused) return null;
                if (e.SocketErrorCode == SocketError.AccessDenied)
                    throw new StorageException(
                        $"The worker of {folder.Path} takes commands only from the user whom it runs as.", e);
                if (tries == 20)
                    throw new StorageException($"The worker of {folder.Path} cannot be reached: {e.Message}", e);
            }
            // Many ask at once.
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancellation);
        }
        return null;
    }

    private static async Task<int> Answer(
        Stream stream, FrameSender sender, IReadOnlyList<string> args, Caller caller, CancellationToken cancellation)
    {
        var terminal = caller.Terminal;
        while (await Frame.Read(stream, cancellation) is { } frame)
        {
            switch (frame.Kind)
            {
                case FrameKind.Out:
                    await terminal.Out.WriteAsync(Encoding.UTF8.GetString(frame.Payload));
                    break;
                case FrameKind.Error:
                    await terminal.Error.WriteAsync(Encoding.UTF8.GetString(frame.Payload));
                    await terminal.Error.FlushAsync(cancellation);
                    break;
                case FrameKind.Open:
                    _ = Lend(Encoding.UTF8.GetString(frame.Payload), sender, args, caller, cancellation);
                    break;
                case FrameKind.Exit:
                    return BinaryPrimitives.ReadInt32BigEndian(frame.Payload);
                default:
                    throw new InvalidDataException(
                        "The worker's answer was not understood; is it the same version of proactive-care?");
            }
        }
        throw new IOException(
            "The worker stopped before it had answered. What it confirmed stands; run the command again for the rest.");
    }

    private static async Task Lend(
        string path, FrameSender sender, IReadOnlyList<string> args, Caller caller, CancellationToken cancellation)
    {
        await Task.Yield();
        try
        {
            // Nothing is read that this command line does not name.
            var named = path == "-"
                || args.Any(arg => Path.GetFullPath(arg.Length == 0 ? "." : arg, caller.WorkingDirectory) == path);
            if (!named) throw new IOException($"The worker asked for {path}, which the command does not name.");
            var input = await caller.Open(path, cancellation);
            await using var content = input.Content;
            var length = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(length, input.Length ?? -1);
            sender.Send(FrameKind.Opened, length);
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
                sender.Send(FrameKind.Data, buffer.AsSpan(0, read));
            sender.Send(FrameKind.End, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            sender.Send(FrameKind.Unreadable, Encoding.UTF8.GetBytes(e.Message));
        }
        catch (OperationCanceledException)
        {
            // The answer came before the file had been read to its end.
        }
    }
}
