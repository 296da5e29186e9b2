using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>The keys that a file may have, by the path of their mapping.</summary>
/// <param name="Known">The keys that are read; <c>*</c> in a path stands for an author's own key.</param>
/// <param name="Later">Keys of the format whose feature this version does not have.</param>
internal sealed record KeyTable(
    FrozenDictionary<string, string[]> Known, FrozenDictionary<string, string[]> Later)
{
    /// <summary>The separator of keys in a path.</summary>
    public char Separator { get; init; } = '.';

    /// <summary>
    /// Whether the tree comes from settings: keys match without regard to case, a blank value counts as absent, and a
    /// list may be one text with commas.
    /// </summary>
    public bool IsSettings { get; init; }

    public StringComparer Comparer => IsSettings ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The message about an unknown key: not in this version, or the nearest known key and all.</summary>
    public string Unknown(string path, string key)
    {
        if (Later.GetValueOrDefault(path)?.Contains(key, StringComparer.Ordinal) == true)
            return "is not supported by this version; leave it out.";
        var known = Known[path];
        var near = Nearest.To(key, known) is { } one ? $"did you mean '{one}'? Known" : "known";
        return $"is not a key here; {near} keys are {string.Join(", ", known)}.";
    }
}

/// <summary>Collects the problems of one file.</summary>
/// <param name="file">The file, relative to the job's folder.</param>
/// <param name="found">The collection of problems.</param>
internal sealed class Problems(string file, ICollection<JobProblem> found)
{
    public void Add(int line, string key, string message) =>
        found.Add(new JobProblem(file, line, Shown(key), message));
}

/// <summary>Reads one mapping of a file or of the settings. After a problem reading continues with a default, so that
/// all problems are reported at once; a result is valid only without problems.</summary>
internal sealed class KeyReader
{
    private readonly YamlMap map;
    private readonly string path;
    private readonly string shape;
    private readonly KeyTable table;
    private readonly Problems problems;

    public KeyReader(YamlMap map, KeyTable table, Problems problems)
        : this(map, "", "", table, problems)
    {
    }

    private KeyReader(YamlMap map, string path, string shape, KeyTable table, Problems problems)
    {
        (this.map, this.path, this.shape, this.table, this.problems) = (map, path, shape, table, problems);
        foreach (var (key, _) in map.Entries.Where(entry => !IsKnown(entry.Key.Text)))
            problems.Add(key.Line, KeyPath(key.Text), table.Unknown(shape, key.Text));
    }

    public int Line => map.Line;

    public bool Has(string key) => Find(key) is not null;

    public YamlValue? Find(string key)
    {
        if (!IsKnown(key))
            throw new ArgumentException($"'{KeyPath(key)}' is missing in the table of keys.", nameof(key));
        var value = map.Entries.Find(entry => table.Comparer.Equals(entry.Key.Text, key)).Value;
        return table.IsSettings && value is YamlText { IsNull: true } ? null : value;
    }

    /// <summary>The line of a key or, when it is absent, of the mapping.</summary>
    public int LineOf(string key) => Find(key)?.Line ?? map.Line;

    /// <summary>Adds a problem with a key, at its line or, when it is absent, at the mapping's.</summary>
    public void Problem(string key, string message) =>
        problems.Add(LineOf(key), KeyPath(key), message);

    /// <summary>A required scalar.</summary>
    public T Need<T>(string key, Func<string, T> parse, T standIn)
    {
        if (!Has(key))
            Problem(key, "is missing.");
        return Or(key, parse, standIn);
    }

    /// <summary>An optional scalar with a default. The parser throws <see cref="FormatException"/>.</summary>
    public T Or<T>(string key, Func<string, T> parse, T absent) =>
        Find(key) is { } value && TryParse(key, value, parse, out var parsed) ? parsed : absent;

    /// <summary>A list of scalars, none twice; a single scalar stands for a list of one.</summary>
    public IReadOnlyList<T> Many<T>(string key, Func<string, T> parse, int most = 100)
    {
        if (Find(key) is not { } value)
            return [];
        var items = Items(value);
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

    /// <summary>A mapping below this one; null when absent or no mapping (which is a problem).</summary>
    public KeyReader? Map(string key) => MapOf(key) is { } below ? Below(below, key) : null;

    /// <summary>A mapping below this one; an empty one when absent or no mapping (which is a problem).</summary>
    public KeyReader Section(string key) => Map(key) ?? Below(new YamlMap(Line, []), key);

    /// <summary>A required mapping; keys missing below an absent one are no further problems.</summary>
    public KeyReader NeedMap(string key)
    {
        if (!Has(key))
            Problem(key, "is missing.");
        return Map(key)
            ?? new(new YamlMap(Line, []), KeyPath(key), ShapeOf(key), table, new Problems("", new List<JobProblem>()));
    }

    /// <summary>The mappings below a mapping whose keys are the author's own.</summary>
    public IEnumerable<(string Name, KeyReader Keys)> Named(string key)
    {
        foreach (var (name, value) in MapOf(key)?.Entries ?? [])
        {
            var at = Joined(KeyPath(key), name.Text);
            if (value is YamlMap below)
                yield return (name.Text, new KeyReader(below, at, Joined(ShapeOf(key), "*"), table, problems));
            else
                problems.Add(name.Line, at, NoMapping(value));
        }
    }

    /// <summary>A mapping whose keys are the author's own.</summary>
    public YamlMap? MapOf(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is not YamlMap and not YamlRefused)
            Problem(key, NoMapping(value));
        return value as YamlMap;
    }

    /// <summary>A required list of mappings.</summary>
    public IEnumerable<KeyReader> NeedMaps(string key)
    {
        if (!Has(key))
            Problem(key, "is missing.");
        return Maps(key);
    }

    /// <summary>A list of mappings; none when absent.</summary>
    public IEnumerable<KeyReader> Maps(string key) =>
        RawMaps(key).Select(below => Below(below, key));

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

    /// <summary>The values that are texts, without the empty ones.</summary>
    public static IReadOnlyDictionary<string, string> TextsOf(YamlMap map) =>
        map.Entries.Where(entry => entry.Value is YamlText { IsNull: false })
            .ToDictionary(entry => entry.Key.Text, entry => ((YamlText)entry.Value).Text, StringComparer.Ordinal);

    /// <summary>The name of a given value in a message.</summary>
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

    // A value of the settings may be a connection string with a password, so it is not repeated.
    private string NoMapping(YamlValue value) => "must be keys with values, but is "
        + (table.IsSettings && value is YamlText { IsNull: false } ? "a single value." : Given(value) + ".");

    private List<YamlValue> Items(YamlValue value) => value switch
    {
        YamlList list => list.Items,
        YamlText text when table.IsSettings =>
        [
            .. text.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(one => text with { Text = one }),
        ],
        _ => [value],
    };

    private KeyReader Below(YamlMap below, string key) => new(below, KeyPath(key), ShapeOf(key), table, problems);

    private bool IsKnown(string key) => table.Known[shape].Contains(key, table.Comparer);

    private string KeyPath(string key) => Joined(path, key);

    private string ShapeOf(string key) => Joined(shape, key);

    private string Joined(string above, string key) => above.Length == 0 ? key : above + table.Separator + key;
}
