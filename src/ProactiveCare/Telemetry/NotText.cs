namespace ProactiveCare.Telemetry;

/// <summary>Tells files that are not UTF-8 text by their first bytes, so that nobody has to read garbage.</summary>
internal static class NotText
{
    private const string Unpack = "unpack it first";

    /// <summary>What the file is and what to do, to follow "The file is"; null when it may be text.</summary>
    public static string? Of(ReadOnlySpan<byte> begin) => begin switch
    {
        [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] => "UTF-16: save it as UTF-8",
        [0x1F, 0x8B, ..] => $"compressed with gzip: {Unpack}, as in zcat FILE | proactive-care import KIND -",
        [0x50, 0x4B, 3 or 5, 4 or 6, ..] => $"a ZIP archive or a spreadsheet: {Unpack}, or save the sheet as CSV",
        [0x42, 0x5A, 0x68, >= 0x31 and <= 0x39, ..] => $"compressed with bzip2: {Unpack}",
        [0xFD, 0x37, 0x7A, 0x58, 0x5A, ..] => $"compressed with xz: {Unpack}",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => $"compressed with zstd: {Unpack}",
        _ => IsBinary(begin) ? "not UTF-8 text (its first line has NUL bytes): save it as UTF-8" : null,
    };

    // A later line, or a row of JSON, may hold a stray NUL, which costs that row only.
    private static bool IsBinary(ReadOnlySpan<byte> begin)
    {
        var line = begin.IndexOf((byte)'\n') is var end and >= 0 ? begin[..end] : begin;
        var nul = line.IndexOf((byte)0);
        return nul >= 0 && (nul < 2 || line[0] != '{');
    }
}
