using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>How much the worker takes in over HTTP at a time.</summary>
/// <param name="LargestBody">Bytes of one body, packed and unpacked.</param>
/// <param name="Room">Bytes of all bodies that are being read or stored; one producer may fill half of it.</param>
internal sealed record IngestLimits(long LargestBody, long Room)
{
    public static readonly IngestLimits Usual = new(64L << 20, 128L << 20);

    /// <summary>How long a body may take to come.</summary>
    public TimeSpan BodyWithin { get; init; } = TimeSpan.FromMinutes(2);

    public static void Set(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = 4_000;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1_000, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
