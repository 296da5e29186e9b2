using System.Globalization;
using NodaTime;

namespace ProactiveCare.Stories;

/// <summary>A line of a file that billing was handed.</summary>
internal sealed record Demand(string File, long Credit, string Purchase, string Amount, string Currency, string Key)
{
    public decimal Sum => decimal.Parse(Amount, CultureInfo.InvariantCulture);

    /// <summary>Null until billing has looked at it; then whether it paid.</summary>
    public bool? Paid { get; set; }

    public string Answer => Paid == true ? $"{Credit},accepted,B{Key}," : $"{Credit},refused,,the card has expired";
}

/// <summary>
/// The billing system: another machine, with a memory of its own. It pays a key once, however often a file comes, and
/// forgets nothing when our database is restored. Its answers may be late, lost, repeated or in portions.
/// </summary>
internal sealed class Billing(string folder)
{
    private const string Header = "credit_id,status,reference,reason";
    private readonly Dictionary<string, Demand> demands = [];
    private readonly Dictionary<string, string> files = [];
    private readonly List<string> unanswered = [];

    /// <summary>All that it was ever asked to pay, by key.</summary>
    public IReadOnlyCollection<Demand> Demands => demands.Values;

    public List<string> Problems { get; } = [];

    /// <summary>Whether some demand has no answer yet that arrived.</summary>
    public bool Owes => unanswered.Count > 0;

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
            foreach (var demand in Lines(name, text)) if (Take(demand)) fresh.Add(demand);
        }
        return fresh;
    }

    /// <summary>Decides about the demands of its oldest unanswered file, and answers as the numbers say.</summary>
    public void Work(int how, int what)
    {
        if (unanswered.Count == 0) return;
        var name = unanswered[what % unanswered.Count];
        var asked = demands.Values.Where(demand => demand.File == name).ToList();
        foreach (var demand in asked) demand.Paid ??= (what + demand.Credit) % 5 > 0;
        var lines = asked.Select(demand => demand.Answer).ToList();
        switch (how % 8)
        {
            // Paid, and the answer is lost or late: the end of the story brings it.
            case 0: break;
            case 1: Write(name, lines.Take(lines.Count / 2)); break;
            case 2: Write(name, lines.Skip(lines.Count / 2)); break;
            case 3: Answer(name, [.. lines, .. lines]); break;
            case 4: Append(name, lines); break;
            default: Answer(name, lines); break;
        }
    }

    /// <summary>Answers everything that it was ever asked, once more.</summary>
    public void AnswerAll()
    {
        foreach (var name in files.Keys.Order(StringComparer.Ordinal))
        {
            var asked = demands.Values.Where(demand => demand.File == name).ToList();
            foreach (var demand in asked) demand.Paid ??= true;
            if (unanswered.Contains(name)) Answer(name, asked.Select(demand => demand.Answer));
        }
    }

    private void Answer(string name, IEnumerable<string> lines)
    {
        Write(name, lines);
        unanswered.Remove(name);
        File.Delete(Path.Combine(folder, "out", name));
    }

    private void Write(string name, IEnumerable<string> lines) =>
        File.WriteAllLines(Inbox(name), [Header, .. lines]);

    // A file that is still being written when it is read.
    private void Append(string name, List<string> lines)
    {
        var text = string.Join('\n', [Header, .. lines]);
        var path = Inbox(name);
        if (!File.Exists(path)) File.WriteAllText(path, text[..(text.Length * 2 / 3)]);
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
        if ((known.Purchase, known.Amount, known.Currency) != (demand.Purchase, demand.Amount, demand.Currency))
            Problems.Add($"the key {demand.Key} was {known.Amount} of {known.Purchase} and is now {demand.Amount} of "
                + demand.Purchase);
        return false;
    }

    private static IEnumerable<Demand> Lines(string name, string text)
    {
        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split(',')).ToList();
        var at = rows[0].Index().ToDictionary(cell => cell.Item, cell => cell.Index);
        return rows.Skip(1).Select(row => new Demand(
            name, long.Parse(row[at["credit_id"]], CultureInfo.InvariantCulture), row[at["purchase_id"]],
            row[at["amount"]], row[at["currency"]], row[at["idempotency_key"]]));
    }
}
