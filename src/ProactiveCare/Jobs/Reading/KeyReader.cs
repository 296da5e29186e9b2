using System.Diagnostics.CodeAnalysis;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>
/// Reads one mapping of a file. What is wrong is noted and reading goes on with a stand-in, so that all errors are told
/// at once; a result counts only when nothing was noted.
/// </summary>
internal sealed class KeyReader
{
    private readonly YamlMap map;
    private readonly string path;
    private readonly KeyTable table;
    private readonly Problems problems;

    public KeyReader(YamlMap map, string path, KeyTable table, Problems problems)
    {
        (this.map, this.path, this.table, this.problems) = (map, path, table, problems);
        foreach (var (key, _) in map.Entries)
        {
            if (!table.Known[path].Contains(key.Text, StringComparer.Ordinal))
                problems.Add(key.Line, KeyPath(key.Text), table.Unknown(path, key.Text));
        }
    }

    public int Line => map.Line;

    public bool Has(string key) => Find(key) is not null;

    public YamlValue? Find(string key)
    {
        if (!table.Known[path].Contains(key, StringComparer.Ordinal))
            throw new ArgumentException($"'{KeyPath(key)}' is missing in the table of keys.", nameof(key));
        return map.Entries.Find(entry => entry.Key.Text == key).Value;
    }

    /// <summary>Notes a problem with a key, at its line or, when it is absent, at the mapping's.</summary>
    public void Problem(string key, string message) =>
        problems.Add(Find(key)?.Line ?? map.Line, KeyPath(key), message);

    /// <summary>A scalar that must be there.</summary>
    public T Need<T>(string key, Func<string, T> parse, T standIn)
    {
        if (!Has(key))
            Problem(key, "is missing.");
        return Or(key, parse, standIn);
    }

    /// <summary>A scalar, or what stands for its absence. The parser throws <see cref="FormatException"/>.</summary>
    public T Or<T>(string key, Func<string, T> parse, T absent) =>
        Find(key) is { } value && TryParse(key, value, parse, out var parsed) ? parsed : absent;

    /// <summary>A list of scalars, none twice; a single scalar stands for a list of one.</summary>
    public IReadOnlyList<T> Many<T>(string key, Func<string, T> parse, int most = 100)
    {
        if (Find(key) is not { } value)
            return [];
        var items = value is YamlList list ? list.Items : [value];
        if (items.Count == 0)
            Problem(key, "is an empty list; name at least one, or leave the key out.");
        if (items.Count > most)
            Problem(key, $"has {items.Count} entries; at most {most} are allowed.");
        var read = new List<T>();
        foreach (var item in items.Take(most))
        {
            if (TryParse(key, item, parse, out var one))
                read.Add(one);
        }

        foreach (var twice in read.GroupBy(item => item).Where(same => same.Count() > 1))
            Problem(key, $"names '{Shown(twice.Key?.ToString() ?? "")}' twice.");
        return read;
    }

    /// <summary>A mapping below this one; null when absent or no mapping (which is noted).</summary>
    public KeyReader? Map(string key) =>
        MapOf(key) is { } below ? new KeyReader(below, KeyPath(key), table, problems) : null;

    /// <summary>A mapping that must be there.</summary>
    public KeyReader? NeedMap(string key)
    {
        if (!Has(key))
            Problem(key, "is missing.");
        return Map(key);
    }

    /// <summary>A mapping whose keys are the author's own.</summary>
    public YamlMap? MapOf(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is not YamlMap and not YamlRefused)
            Problem(key, $"must be keys with values, but is {Given(value)}.");
        return value as YamlMap;
    }

    /// <summary>A list of mappings that must be there.</summary>
    public IEnumerable<KeyReader> NeedMaps(string key)
    {
        if (!Has(key))
            Problem(key, "is missing.");
        return Maps(key);
    }

    /// <summary>A list of mappings; none when absent.</summary>
    public IEnumerable<KeyReader> Maps(string key) =>
        RawMaps(key).Select(below => new KeyReader(below, KeyPath(key), table, problems));

    /// <summary>A list of mappings whose keys are the author's own.</summary>
    public IEnumerable<YamlMap> RawMaps(string key)
    {
        if (Find(key) is not { } value || value is YamlRefused)
            return [];
        if (value is not YamlList list)
        {
            Problem(key, $"must be a list, but is {Given(value)}.");
            return [];
        }

        foreach (var item in list.Items.Where(item => item is not YamlMap and not YamlRefused))
            problems.Add(item.Line, KeyPath(key), $"must hold keys with values, but holds {Given(item)}.");
        return list.Items.OfType<YamlMap>();
    }

    /// <summary>Every value as its text; an empty one counts as absent, one that is no text is a problem.</summary>
    public IReadOnlyDictionary<string, string> Texts()
    {
        foreach (var (key, value) in map.Entries.Where(entry => entry.Value is YamlList or YamlMap))
            problems.Add(value.Line, KeyPath(key.Text), $"must be a single value, but is {Given(value)}.");
        return TextsOf(map);
    }

    /// <summary>The values that are texts, those that are empty left out.</summary>
    public static IReadOnlyDictionary<string, string> TextsOf(YamlMap map) =>
        map.Entries.Where(entry => entry.Value is YamlText { IsNull: false })
            .ToDictionary(entry => entry.Key.Text, entry => ((YamlText)entry.Value).Text, StringComparer.Ordinal);

    /// <summary>How a value that was given is named in a message.</summary>
    public static string Given(YamlValue value) => value switch
    {
        YamlText { IsNull: true } => "empty",
        YamlText text => $"'{Shown(text.Text)}'",
        YamlList => "a list",
        _ => "a mapping",
    };

    private bool TryParse<T>(string key, YamlValue value, Func<string, T> parse, [MaybeNullWhen(false)] out T parsed)
    {
        parsed = default;
        if (value is YamlRefused)
            return false;
        if (value is not YamlText { IsNull: false } text)
        {
            problems.Add(value.Line, KeyPath(key), $"must be a single value, but is {Given(value)}.");
            return false;
        }

        try
        {
            parsed = parse(text.Text);
            return true;
        }
        catch (FormatException e)
        {
            problems.Add(value.Line, KeyPath(key), e.Message);
            return false;
        }
    }

    private string KeyPath(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
