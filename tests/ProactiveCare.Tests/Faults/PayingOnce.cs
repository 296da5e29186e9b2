using System.Globalization;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Faults;

/// <summary>
/// A billing system that pays an idempotency key once and answers it the same for ever. Payments to an expired card are
/// refused the first time. It removes every other file.
/// </summary>
internal sealed class PayingOnce(DataFolder folder, string billing)
{
    private readonly Dictionary<string, (string Credit, bool Paid)> keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);
    private readonly HashSet<string> answered = new(StringComparer.Ordinal);

    /// <summary>The keys paid, with the credit each was for.</summary>
    public IReadOnlyList<(string Key, string Credit)> Paid
    {
        get
        {
            lock (keys) return [.. keys.Where(k => k.Value.Paid).Select(k => (k.Key, k.Value.Credit))];
        }
    }

    /// <summary>Files that returned after their removal, with known keys.</summary>
    public int Repeated { get; private set; }

    /// <summary>Answers every file that is present and unanswered, or has returned.</summary>
    public void Work()
    {
        var sent = Directory.CreateDirectory(folder.Inside("refunds", "out")).FullName;
        var inbox = Directory.CreateDirectory(folder.Inside("refunds", "in")).FullName;
        Directory.CreateDirectory(billing);
        foreach (var file in Directory.GetFiles(sent, "*.csv").Order(StringComparer.Ordinal).Where(answered.Add))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var lines = File.ReadAllLines(file).Skip(1).Select(line => line.Split(','));
            List<string> answer = ["credit_id,status,reference,reason", .. lines.Select(Answer)];
            var aside = Path.Combine(billing, name + ".part");
            File.WriteAllText(aside, string.Join('\n', answer) + "\n");
            File.Move(aside, Path.Combine(inbox, name + ".ack.csv"), overwrite: true);
            if (int.Parse(name[^1..], CultureInfo.InvariantCulture) % 2 == 1) continue;
            File.Move(file, Path.Combine(billing, name + ".csv"), overwrite: true);
            answered.Remove(file);
        }
    }

    private string Answer(string[] line)
    {
        var (credit, card, key) = (line[0], line[2], line[^2]);
        lock (keys)
        {
            if (keys.TryGetValue(key, out var known)) Repeated++;
            else known = keys[key] = (credit, !(card.StartsWith("expired", StringComparison.Ordinal)
                && refused.Add(credit)));
            return known.Paid ? $"{credit},accepted,ref-{key}," : $"{credit},refused,,the card has expired";
        }
    }
}
