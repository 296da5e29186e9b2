namespace ProactiveCare.Demo;

/// <summary>A file that reaches the company at an instant.</summary>
/// <param name="At">The time of arrival.</param>
/// <param name="Kind">The kind, as <c>import</c> names it.</param>
/// <param name="Name">Its path below the folder of incoming files.</param>
/// <param name="Content">The content.</param>
internal sealed record Parcel(Instant At, string Kind, string Name, string Content);

/// <summary>Gathers events into the files that producers would write: one per kind every ten minutes.</summary>
internal sealed class Feed(DateTimeZone zone)
{
    public static readonly Duration Slot = Duration.FromMinutes(10);

    private static readonly Dictionary<string, string> Headers = new(StringComparer.Ordinal)
    {
        ["customers"] = "customer_id,email,name,locale,time_zone,status,plan,currency",
        ["premises"] = "premises_id,customer_id,latitude,longitude,county_fips,forecast_zone,time_zone,label",
        ["purchases"] = "purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref",
        ["refunds"] = "refund_id,purchase_id,customer_id,amount,currency,refunded_at,by",
        ["contacts"] = "contact_id,customer_id,contacted_at,topic",
        ["sessions"] = "session_id,customer_id,purchase_id,content_id,title,started_at,ended_at,watch_seconds,"
            + "stall_seconds,stall_count,longest_stall_seconds,last_stall_seconds_before_end,startup_seconds,"
            + "required_kbps,throughput_kbps,startup_failed,failure_cause,cdn,isp,region,device",
    };

    private readonly SortedDictionary<(Instant At, string Kind), List<string>> rows = [];
    private readonly List<Parcel> whole = [];
    private readonly List<(Instant From, Instant To)> silences = [];

    /// <summary>Delays all arrivals between two instants to the end of the interval.</summary>
    public void Silent(Instant from, Instant to) => silences.Add((from, to));

    /// <summary>Adds a row known at an instant to the next file of its kind.</summary>
    public void Add(string kind, Instant known, params object?[] cells) =>
        Line(kind, known, string.Join(',', cells.Select(Cell)));

    /// <summary>Adds a line unchanged, however wrong.</summary>
    public void Line(string kind, Instant known, string line)
    {
        var key = (Arrives(known), kind);
        if (!rows.TryGetValue(key, out var lines)) rows[key] = lines = [];
        lines.Add(line);
    }

    /// <summary>Adds a file of its own.</summary>
    public void Whole(Instant at, string kind, string name, string content) =>
        whole.Add(new Parcel(at, kind, name, content));

    /// <summary>Whether anything of a kind arrives at the end of a slot.</summary>
    public bool Has(string kind, Instant slot) => rows.ContainsKey((slot, kind));

    /// <summary>The end of the slot that an instant falls into.</summary>
    public Instant Arrives(Instant known)
    {
        var size = Slot.ToInt64Nanoseconds() / 1_000_000;
        var slot = Instant.FromUnixTimeMilliseconds((known.ToUnixTimeMilliseconds() + size - 1) / size * size);
        var silence = silences.FirstOrDefault(s => slot > s.From && slot < s.To);
        return silence == default ? slot : silence.To;
    }

    /// <summary>All files, in the order of arrival; customers come before their activity.</summary>
    public IReadOnlyList<Parcel> Parcels() => Until(Instant.MaxValue);

    /// <summary>Removes and returns the files that have arrived up to an instant.</summary>
    public IReadOnlyList<Parcel> Take(Instant upto)
    {
        var taken = Until(upto);
        foreach (var key in rows.Keys.TakeWhile(key => key.At <= upto).ToList()) rows.Remove(key);
        whole.RemoveAll(parcel => parcel.At <= upto);
        return taken;
    }

    private List<Parcel> Until(Instant upto) =>
    [
        .. rows.TakeWhile(file => file.Key.At <= upto).Select(file => new Parcel(
            file.Key.At, file.Key.Kind, NameOf(file.Key.At, file.Key.Kind, ""), Text(file.Key.Kind, file.Value)))
            .Concat(whole.Where(parcel => parcel.At <= upto)).OrderBy(p => p.At)
            .ThenBy(p => p.Kind, StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal),
    ];

    /// <summary>Repeats the file of a kind that arrives at the end of a slot.</summary>
    public void Again(string kind, Instant slot, Instant at) =>
        Whole(at, kind, NameOf(slot, kind, "-again"), Text(kind, rows[(slot, kind)]));

    private string NameOf(Instant at, string kind, string more)
    {
        var local = at.InZone(zone).LocalDateTime;
        return local.ToString("uuuu-MM-dd'/'HHmm'-'", CultureInfo.InvariantCulture) + kind + more + ".csv";
    }

    private static string Text(string kind, List<string> lines)
    {
        var text = new StringBuilder().Append(Headers[kind]).Append('\n');
        foreach (var line in lines) text.Append(line).Append('\n');
        return text.ToString();
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        Instant instant => instant.Iso(),
        bool flag => flag ? "true" : "false",
        double number => number.ToString("0.####", CultureInfo.InvariantCulture),
        string text when text.Contains(',', StringComparison.Ordinal) => $"\"{text}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
