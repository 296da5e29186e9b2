using System.Globalization;

namespace ProactiveCare.Stories;

/// <summary>A line of a file that billing was handed.</summary>
internal sealed record Demand(string File, long Credit, DemandKind Kind, string Purchase, string Amount, string Key)
{
    public decimal Sum => decimal.Parse(Amount, CultureInfo.InvariantCulture);

    /// <summary>Null until billing has looked at it; then whether it paid.</summary>
    public bool? Paid { get; set; }
}

/// <summary>The kinds of line that billing receives.</summary>
internal enum DemandKind
{
    Refund, Credit, Debit,
}

/// <summary>
/// The billing system: another machine, with a memory of its own. It pays a key once, however often a file comes, and
/// forgets nothing when our database is restored. Its answers may be late, lost, repeated, in portions, or in another
/// form.
/// </summary>
internal sealed class Billing(string folder)
{
    private const string Header = "credit_id,status,reference,reason";
    private readonly Dictionary<string, Demand> demands = [];
    private readonly Dictionary<string, string> files = [];
    private readonly List<string> unanswered = [];

    /// <summary>All that it was ever asked to pay.</summary>
    public IReadOnlyCollection<Demand> Demands => demands.Values;

    public List<string> Problems { get; } = [];

    /// <summary>Reads the files that are there; it takes one away once it has answered it.</summary>
    /// <returns>The demands that are new.</returns>
    public List<Demand> Look()
    {
        var fresh = new List<Demand>();
        if (!Directory.Exists(Path.Combine(folder, "out"))) return fresh;
        foreach (var path in Directory.GetFiles(Path.Combine(folder, "out"), "*.csv").Order(StringComparer.Ordinal))
        {
            var (name, text) = (Path.GetFileName(path), File.ReadAllText(path));
            if (files.TryGetValue(name, out var before))
            {
                // The same file again: its keys are paid, and it is answered again.
                if (before != text) Problems.Add($"the file {name} came again with other lines");
                else if (!unanswered.Contains(name)) unanswered.Add(name);
                continue;
            }
            files.Add(name, text);
            unanswered.Add(name);
            fresh.AddRange(Lines(name, text).Where(Take));
        }
        return fresh;
    }

    /// <summary>Decides about the demands of an unanswered file, and answers as the numbers say.</summary>
    public void Work(int how, int what)
    {
        if (unanswered.Count == 0) return;
        var name = unanswered[what % unanswered.Count];
        var lines = Decide(name, (demand) => (what + demand.Credit) % 5 > 0);
        switch (how % 10)
        {
            // Paid, and the answer is lost or late: the end of the story brings it.
            case 0: break;
            case 1: Write(name, [Header, .. lines.Take(lines.Count / 2)]); break;
            case 2: Write(name, [Header, .. lines.Skip(lines.Count / 2)]); break;
            case 3: Answer(name, [Header, .. lines, .. lines]); break;
            case 4 or 5: Begin(name, [Header, .. lines]); break;
            case 6: Answer(name, Another(lines)); break;
            default: Answer(name, [Header, .. lines]); break;
        }
    }

    /// <summary>Answers everything that it has not answered in full.</summary>
    public void AnswerAll()
    {
        foreach (var name in unanswered.ToList()) Answer(name, [Header, .. Decide(name, _ => true)]);
    }

    private List<string> Decide(string file, Func<Demand, bool> pays)
    {
        var asked = demands.Values.Where(demand => demand.File == file).ToList();
        foreach (var demand in asked) demand.Paid ??= pays(demand);
        return asked.ConvertAll(demand => demand.Paid == true
            ? $"{demand.Credit},accepted,B{demand.Key},"
            : $"{demand.Credit},refused,,the card has expired");
    }

    // As a spreadsheet of another country would write it.
    private static IEnumerable<string> Another(List<string> lines) =>
        lines.Prepend("Credit ID,STATUS,Reference,Reason").Select(line => line
            .Replace("accepted", "ACCEPTED", StringComparison.Ordinal).Replace(',', ';'));

    private void Answer(string name, IEnumerable<string> lines)
    {
        Write(name, lines);
        unanswered.Remove(name);
        File.Delete(Path.Combine(folder, "out", name));
    }

    private void Write(string name, IEnumerable<string> lines) => File.WriteAllLines(Inbox(name), lines);

    // A file that is still being written when it is read: it ends in the middle of a line.
    private void Begin(string name, IEnumerable<string> lines)
    {
        var text = string.Join('\n', lines);
        if (!File.Exists(Inbox(name))) File.WriteAllText(Inbox(name), text[..(text.Length * 2 / 3)]);
    }

    private string Inbox(string name) => Path.Combine(
        Directory.CreateDirectory(Path.Combine(folder, "in")).FullName,
        Path.GetFileNameWithoutExtension(name) + ".ack.csv");

    private bool Take(Demand demand)
    {
        if (!demands.TryGetValue(demand.Key, out var known))
        {
            demands.Add(demand.Key, demand);
            return true;
        }
        if ((known.Kind, known.Purchase, known.Amount) != (demand.Kind, demand.Purchase, demand.Amount))
            Problems.Add($"the key {demand.Key} was {known.Amount} for {known.Purchase} and is now {demand.Amount} for "
                + demand.Purchase);
        return false;
    }

    private static IEnumerable<Demand> Lines(string name, string text)
    {
        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split(',')).ToList();
        var at = rows[0].Index().ToDictionary(cell => cell.Item, cell => cell.Index);
        return rows.Skip(1).Select(row => new Demand(
            name, long.Parse(row[at["credit_id"]], CultureInfo.InvariantCulture),
            at.TryGetValue("kind", out var kind) ? Enum.Parse<DemandKind>(row[kind], ignoreCase: true) : default,
            at.TryGetValue("purchase_id", out var purchase) ? row[purchase] : row[at["customer_id"]],
            row[at["amount"]], row[at["idempotency_key"]]));
    }
}
