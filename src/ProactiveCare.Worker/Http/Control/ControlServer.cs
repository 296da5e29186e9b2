using System.Net.Sockets;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Worker.Http.Control;

/// <summary>
/// The Unix socket in the data folder through which a running worker takes write verbs from its own user.
/// </summary>
internal sealed class ControlServer(Hosted hosted, TimeProvider clock, ILogger<ControlServer> log) : BackgroundService
{
    // sockaddr_un has room for 108 bytes with the final zero. Source: unix(7).
    private const int LongestPath = 107;
    private const int MostConversations = 32;
    private const int Waiting = 512;

    private Socket? listener;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var path = hosted.Store.Folder.Socket;
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new StorageException(
                $"The path {path} is too long for a socket ({LongestPath} bytes): use a data folder with a shorter "
                    + "path.");
        // The folder's lock is ours, so a socket that lies here belongs to a worker that was killed.
        File.Delete(path);
        listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        // Before listening, so that nobody else gets in between.
        // The data folder's group may ask; who somebody is, and what they may do, the kernel and the user table say.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                path,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        }
        listener.Listen(Waiting);
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        listener?.Dispose();
        File.Delete(hosted.Store.Folder.Socket);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var room = new SemaphoreSlim(MostConversations);
        var held = new List<Task>();
        try
        {
            while (true)
            {
                await room.WaitAsync(stoppingToken);
                var socket = await listener!.AcceptAsync(stoppingToken);
                held.RemoveAll(task => task.IsCompleted);
                held.Add(Hold(socket, room, stoppingToken));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(held);
        }
    }

    private async Task Hold(Socket socket, SemaphoreSlim room, CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            await new ControlConversation(socket, hosted, clock).Hold(stopping);
        }
        catch (Exception e)
        {
            log.LogWarning("A conversation on the control socket ended early: {Reason}", e.Message);
        }
        finally
        {
            socket.Dispose();
            room.Release();
        }
    }
}
