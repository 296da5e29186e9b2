using System.Buffers.Binary;
using System.Net.Sockets;

namespace ProactiveCare.Worker.Http.Api;

/// <summary>The operating system's name of a user; users do not state their own names.</summary>
internal static class OsUsers
{
    // Linux: getsockopt(SOL_SOCKET, SO_PEERCRED) gives struct ucred { pid, uid, gid }. Source: unix(7).
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    private static readonly Lazy<string> OfThisProcess = new(() => NameOf(EffectiveUid()) ?? Environment.UserName);

    /// <summary>The user of this process.</summary>
    public static string Current => OfThisProcess.Value;

    /// <summary>The user at the other end of a Unix socket.</summary>
    /// <exception cref="SocketException">The system does not report the user.</exception>
    public static string OfPeer(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        var uid = BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
        return NameOf(uid)
            ?? (uid == EffectiveUid() ? Current : string.Create(CultureInfo.InvariantCulture, $"uid:{uid}"));
    }

    internal static string? NameOf(uint uid, string passwd = "/etc/passwd")
    {
        if (!File.Exists(passwd)) return null;
        var wanted = uid.ToString(CultureInfo.InvariantCulture);
        return File.ReadLines(passwd)
            .Select(line => line.Split(':'))
            .FirstOrDefault(parts => parts.Length > 2 && parts[2] == wanted)?[0];
    }

    private static uint EffectiveUid()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status)) return uint.MaxValue;
        var line = File.ReadLines(Status).First(l => l.StartsWith("Uid:", StringComparison.Ordinal));
        return uint.Parse(line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
    }
}
