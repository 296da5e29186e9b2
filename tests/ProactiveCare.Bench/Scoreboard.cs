using System.Globalization;
using System.Text;

namespace ProactiveCare.Bench;

/// <summary>The one table: what, ours, theirs, their ratio, the bar, and whether it is reached.</summary>
internal sealed class Scoreboard(string ours = "ours", string theirs = "theirs")
{
    private readonly string[] heads = ["what", ours, theirs, "ratio", "bar", "reached"];
    private readonly List<string[]> rows = [];
    private readonly List<string> notes = [];

    /// <summary>A row whose bar is a ratio: ours to theirs, more is better.</summary>
    public void Rates(string what, double ours, double theirs, string unit, double? bar) =>
        Add(what, Rate(ours, unit), Rate(theirs, unit), Ratio(ours / theirs),
            bar is { } least ? (">= " + Number(least), ours / theirs >= least) : null);

    /// <summary>A row whose bar is a rate of ours.</summary>
    public void Rate(string what, double ours, double theirs, string unit, double bar) =>
        Add(what, Rate(ours, unit), Rate(theirs, unit), Ratio(ours / theirs), (">= " + Rate(bar, unit), ours >= bar));

    /// <summary>A row whose bar is a ratio of amounts, less is better.</summary>
    public void Amounts(string what, double ours, double theirs, string unit, double bar) =>
        Add(what, $"{Number(ours)} {unit}", $"{Number(theirs)} {unit}", Ratio(ours / theirs),
            ("<= " + Number(bar), ours / theirs <= bar));

    /// <summary>A row that nothing can be compared with, and the reason.</summary>
    public void Alone(string what, double ours, string unit, string why)
    {
        Add(what, Rate(ours, unit), "-", "-", null);
        Note(why);
    }

    /// <summary>A note that explains the rows above.</summary>
    public void Note(string note) => notes.Add(note);

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public override string ToString()
    {
        var all = rows.Prepend(heads).ToList();
        var widths = Enumerable.Range(0, heads.Length).Select(i => all.Max(row => row[i].Length)).ToList();
        var text = new StringBuilder();
        foreach (var (index, row) in all.Index())
        {
            text.AppendLine(string.Join("  ", row.Select((cell, i) =>
                i is 0 or 5 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
            if (index == 0) text.AppendLine(string.Join("  ", widths.Select(width => new string('-', width))));
        }
        text.AppendLine();
        foreach (var note in notes) text.Append("- ").AppendLine(note);
        return text.ToString();
    }

    private static string Rate(double value, string unit) =>
        value.ToString("N0", CultureInfo.InvariantCulture) + " " + unit;

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private void Add(string what, string ours, string theirs, string ratio, (string Text, bool Reached)? bar) =>
        rows.Add([what, ours, theirs, ratio, bar?.Text ?? "-", bar is { } b ? b.Reached ? "yes" : "NO" : "-"]);
}
