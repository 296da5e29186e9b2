using System.Text;

namespace ProactiveCare.Tests.RealData;

/// <summary>Import files made from a recording, as CSV text with a header, or empty.</summary>
public sealed record ImportFiles(string Customers, string Purchases, string Sessions, string Premises);

/// <summary>The recordings of tests/data, found from wherever the tests run.</summary>
public static class RecordedData
{
    public static string Root { get; } = FindRoot();

    public static string File(params string[] path) => Path.Combine([Root, "tests", "data", .. path]);

    /// <summary>The rows of a CSV file, each by column name.</summary>
    public static IEnumerable<Dictionary<string, string>> Rows(string file)
    {
        using var lines = System.IO.File.ReadLines(file, Encoding.UTF8).GetEnumerator();
        lines.MoveNext();
        var names = Fields(lines.Current);
        while (lines.MoveNext())
        {
            var fields = Fields(lines.Current);
            if (fields.Count != names.Count)
                throw new InvalidDataException($"{file}: {fields.Count} fields under {names.Count} names");
            yield return names.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second);
        }
    }

    /// <summary>A CSV text of a header and rows; values must need no quotes.</summary>
    public static string Csv(string header, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder(header).Append('\n');
        var columns = header.Split(',').Length;
        foreach (var row in rows)
        {
            if (row.Length != columns || row.Any(value => value.AsSpan().IndexOfAny(",\"\r\n") >= 0))
                throw new InvalidDataException($"Not a row of {columns} plain values: {string.Join('|', row)}");
            text.AppendJoin(',', row).Append('\n');
        }
        return text.ToString();
    }

    // No recorded field holds a line break; a few hold a comma in quotes.
    private static List<string> Fields(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        foreach (var letter in line)
        {
            if (letter == '"')
                quoted = !quoted;
            else if (letter == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
                field.Append(letter);
        }
        fields.Add(field.ToString());
        return fields;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "ProactiveCare.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No ProactiveCare.sln above the tests.");
    }
}
