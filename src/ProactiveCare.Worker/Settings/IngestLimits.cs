namespace ProactiveCare.Worker.Settings;

/// <summary>How much telemetry the worker accepts over HTTP at a time.</summary>
/// <param name="LargestBody">Bytes of one body, packed and unpacked.</param>
/// <param name="Room">Bytes of all bodies that are being read or stored; one producer may fill half of it.</param>
internal sealed record IngestLimits(long LargestBody, long Room)
{
    public static readonly IngestLimits Usual = new(64L << 20, 128L << 20);

    /// <summary>The longest time that a body may take to arrive.</summary>
    public TimeSpan BodyWithin { get; init; } = TimeSpan.FromMinutes(2);
}
