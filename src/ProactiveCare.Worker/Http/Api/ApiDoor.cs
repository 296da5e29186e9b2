using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Http.Api;

/// <summary>The Unix socket in the data folder through which a running worker accepts operations. It has a folder that
/// only the worker can write, so that nobody can replace the socket. The folder's group may connect; the kernel reports
/// the user, and the user table holds their rights.</summary>
internal static class ApiDoor
{
    private const UnixFileMode ForGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Adds the socket to the addresses of the server.</summary>
    /// <exception cref="StorageException">Its path is too long.</exception>
    public static void Listen(KestrelServerOptions options, DataFolder folder)
    {
        folder.RequireShortSocket();
        options.ListenUnixSocket(folder.Socket);
    }

    /// <summary>Creates the server's sockets, this one with its modes.</summary>
    public static void Bind(SocketTransportOptions transport) => transport.CreateBoundListenSocket = address =>
    {
        if (address is not UnixDomainSocketEndPoint)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        var path = address.ToString()!;
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(path)!).FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                folder,
                ForGroup | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.SetGroup);
        }
        // The data folder is locked by this worker, so an existing socket belongs to a killed one.
        File.Delete(path);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, ForGroup | UnixFileMode.GroupWrite);
        return socket;
    };

    /// <summary>The operating-system user of the client; null for a request over another transport.</summary>
    public static string? CallerOf(HttpContext http) =>
        http.Features.Get<IConnectionSocketFeature>()?.Socket is { LocalEndPoint: UnixDomainSocketEndPoint } socket
            ? OsUsers.OfPeer(socket)
            : null;
}
