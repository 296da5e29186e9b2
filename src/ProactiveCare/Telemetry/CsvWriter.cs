using System.Text;

namespace ProactiveCare.Telemetry;

/// <summary>Writes rows of a CSV file by RFC 4180 in UTF-8; lines end with LF. The stream stays open.</summary>
/// <param name="output">Where to write.</param>
/// <param name="guarded">Whether a cell that a spreadsheet would run as a formula gets a leading apostrophe.</param>
internal sealed class CsvWriter(Stream output, bool guarded = false) : IDisposable
{
    private readonly StreamWriter text = new(output, new UTF8Encoding(false), leaveOpen: true);

    public void Row(params ReadOnlySpan<string> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0) text.Write(',');
            Cell(cells[i]);
        }
        text.Write('\n');
    }

    public void Dispose() => text.Dispose();

    private void Cell(string cell)
    {
        var formula = guarded && cell is ['=' or '+' or '-' or '@' or '\t' or '\r', ..];
        if (!formula && !cell.AsSpan().ContainsAny(",\"\r\n"))
            text.Write(cell);
        else
            text.Write($"\"{(formula ? "'" : "")}{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
    }
}
