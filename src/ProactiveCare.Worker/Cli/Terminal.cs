using Spectre.Console;

namespace ProactiveCare.Worker.Cli;

/// <summary>The capabilities of an output.</summary>
/// <param name="Interactive">A person watches it live, so a line may be overwritten.</param>
/// <param name="Rich">Boxes and colours are wanted; not when redirected or with NO_COLOR.</param>
/// <param name="Width">The number of characters in a line.</param>
internal sealed record TerminalTraits(bool Interactive, bool Rich, int Width)
{
    public static TerminalTraits Plain { get; } = new(false, false, 120);
}

/// <summary>A column of a table.</summary>
internal sealed record Column(string Title, bool Right = false)
{
    public static implicit operator Column(string title) => new(title);
}

/// <summary>The outputs of a verb: its answer (out) and everything else (error).</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, TerminalTraits traits)
{
    public TextWriter Out { get; } = output;

    public TextWriter Error { get; } = error;

    public TerminalTraits Traits { get; } = traits;

    public static Terminal OfThisProcess()
    {
        var rich = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new Terminal(Console.Out, Console.Error, new TerminalTraits(!Console.IsErrorRedirected, rich, Width()));
    }

    /// <summary>A stream for the answer in UTF-8.</summary>
    public Stream OutStream() => new TextStream(Out);

    public void Line(string text = "") => Out.WriteLine(Clean(text));

    /// <summary>Prints the most important line.</summary>
    public void Headline(string text) => Styled(text, "\u001b[1;32m");

    /// <summary>Prints a section title.</summary>
    public void Heading(string text) => Styled(text, "\u001b[1m");

    public void Complain(string text) => Error.WriteLine(Clean(text));

    /// <summary>A line of a diff, beside the answer or in it; coloured on a terminal only.</summary>
    public void Changed(string line, bool inAnswer)
    {
        var style = line.TrimStart() switch { ['+', ..] => "\u001b[32m", ['-', ..] => "\u001b[31m", _ => "" };
        var coloured = style.Length > 0 && Traits.Rich && (inAnswer || Traits.Interactive);
        (inAnswer ? Out : Error).WriteLine(coloured ? $"{style}{Clean(line)}\u001b[0m" : Clean(line));
    }

    public void Table(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        if (Traits.Rich) RichTable(columns, rows);
        else PlainTable(columns, rows);
    }

    /// <summary>Removes characters that move a terminal's cursor or hide text: names come from outside.</summary>
    public static string Clean(string text) =>
        HarmlessText.Visible(text, "?", kept: "\n\t");

    private void Styled(string text, string style) =>
        Out.WriteLine(Traits.Rich ? $"{style}{Clean(text)}\u001b[0m" : Clean(text));

    private static string Cell(string? text) => Clean(text ?? "").ReplaceLineEndings(" ");

    private static int Width()
    {
        if (Console.IsOutputRedirected) return TerminalTraits.Plain.Width;
        try
        {
            return Console.WindowWidth > 20 ? Console.WindowWidth : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private void PlainTable(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var lines = rows.Select(row => row.Select(Cell).ToList()).Prepend([.. columns.Select(c => c.Title)]).ToList();
        var widths = columns.Select((_, i) => lines.Max(line => line[i].Length)).ToList();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, i) => columns[i].Right ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            Out.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    private void RichTable(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var column in columns)
        {
            var added = new TableColumn(new Text(column.Title, new Style(decoration: Decoration.Bold)));
            table.AddColumn(column.Right ? added.RightAligned() : added);
        }
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(Cell(cell))));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = Traits.Width;
        console.Write(table);
    }
}
