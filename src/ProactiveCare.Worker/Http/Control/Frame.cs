using System.Buffers.Binary;

namespace ProactiveCare.Worker.Http.Control;

/// <summary>What a frame on the control socket carries.</summary>
internal enum FrameKind : byte
{
    /// <summary>Client: the request, JSON; the first frame and only once.</summary>
    Request = (byte)'R',

    /// <summary>Client: the file that was asked for is open; eight bytes of length, negative when unknown.</summary>
    Opened = (byte)'L',

    /// <summary>Client: bytes of the open file.</summary>
    Data = (byte)'D',

    /// <summary>Client: the open file has ended.</summary>
    End = (byte)'E',

    /// <summary>Client: the file cannot be read; why, for people.</summary>
    Unreadable = (byte)'X',

    /// <summary>Worker: open this argument and send it.</summary>
    Open = (byte)'F',

    /// <summary>Worker: text of the answer.</summary>
    Out = (byte)'O',

    /// <summary>Worker: text beside the answer.</summary>
    Error = (byte)'S',

    /// <summary>Worker: the exit code, four bytes; the last frame.</summary>
    Exit = (byte)'Z',
}

/// <summary>One message on the control socket: a kind, a length, that many bytes.</summary>
internal sealed record Frame(FrameKind Kind, byte[] Payload)
{
    /// <summary>The largest payload; more is no message of ours.</summary>
    public const int Largest = 256 * 1024;

    private const int Header = 5;

    /// <summary>Reads the next frame; null at the end of the conversation.</summary>
    /// <exception cref="InvalidDataException">What came is no frame.</exception>
    public static async Task<Frame?> Read(Stream stream, CancellationToken cancellation)
    {
        var header = new byte[Header];
        var read = await stream.ReadAtLeastAsync(header, Header, throwOnEndOfStream: false, cancellation);
        if (read == 0) return null;
        if (read < Header) throw new InvalidDataException("The message was cut off.");
        var kind = (FrameKind)header[0];
        var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1));
        if (!Enum.IsDefined(kind) || length is < 0 or > Largest)
            throw new InvalidDataException("This is not a message of proactive-care.");
        var payload = new byte[length];
        await stream.ReadExactlyAsync(payload, cancellation);
        return new Frame(kind, payload);
    }

    public static byte[] Bytes(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[Header + payload.Length];
        bytes[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), payload.Length);
        payload.CopyTo(bytes.AsSpan(Header));
        return bytes;
    }
}

/// <summary>What a client asks for. Who asks is not in it: the operating system says that.</summary>
/// <param name="Args">The command line.</param>
/// <param name="WorkingDirectory">Where relative paths start.</param>
/// <param name="Interactive">Whether a person watches.</param>
/// <param name="Rich">Whether boxes and colours are wanted.</param>
/// <param name="Width">Characters in a line.</param>
/// <param name="StoreId">Which installation is meant, where the folder does not tell; null for the worker's.</param>
internal sealed record ControlRequest(
    IReadOnlyList<string> Args, string WorkingDirectory, bool Interactive, bool Rich, int Width, string? StoreId);
