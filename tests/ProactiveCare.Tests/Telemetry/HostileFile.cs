using System.Globalization;
using ProactiveCare.Tests.Jobs;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>A row of the table in <c>tests/data/hostile/README.md</c>: a file and its result.</summary>
internal sealed record HostileFile(string Kind, string Name, string Outcome)
{
    private const string RefusedMark = "refused: ";

    public static string Root { get; } = Path.Combine(Shipped.Root, "tests", "data", "hostile");

    public static IReadOnlyList<HostileFile> All { get; } =
    [
        .. File.ReadLines(Path.Combine(Root, "README.md"))
            .Select(line => line.Split(" | "))
            .Where(cells => cells.Length == 4 && cells[1].StartsWith('`'))
            .Select(cells => new HostileFile(cells[0].TrimStart('|', ' '), cells[1].Trim('`'), cells[3][..^2])),
    ];

    public byte[] Bytes => File.ReadAllBytes(Path.Combine(Root, Name));

    /// <summary>Words of the message that refuses the file; null when its rows are imported.</summary>
    public string? Refusal =>
        Outcome.StartsWith(RefusedMark, StringComparison.Ordinal) ? Outcome[RefusedMark.Length..] : null;

    /// <summary>Received, stored, revised, duplicate and quarantined.</summary>
    public long[] Counts =>
    [
        .. Outcome.Split(": ")[0].Split([" = ", " + "], StringSplitOptions.None)
            .Select(number => long.Parse(number, CultureInfo.InvariantCulture)),
    ];

    /// <summary>Words of the reason of each quarantined row.</summary>
    public string[] Reasons => Outcome.IndexOf(": ", StringComparison.Ordinal) is > 0 and var at
        ? Outcome[(at + 2)..].Split(" · ")
        : [];

    public override string ToString() => Name;
}
