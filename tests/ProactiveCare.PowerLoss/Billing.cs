using ProactiveCare.Storage;

namespace ProactiveCare.PowerLoss;

/// <summary>
/// The billing system: another machine that pays each key of a refund file once, loses nothing, and puts its
/// answers in place durably, as it was asked to.
/// </summary>
internal sealed class Billing(DataFolder folder, Action<string> say, Said said)
{
    private readonly HashSet<string> answered = [.. said.Answered];
    private readonly HashSet<string> paid = [.. said.Paid];

    public void Answer()
    {
        var out_ = folder.Inside("refunds", "out");
        if (!Directory.Exists(out_)) return;
        foreach (var path in Directory.GetFiles(out_, "*.csv").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (answered.Contains(name)) continue;
            var rows = File.ReadAllLines(path).Skip(1).Select(row => row.Split(',')).ToList();
            foreach (var row in rows)
                if (paid.Add(row[6])) say($"paid {row[6]} {row[0]} {row[3]}");
            Put(name, ["credit_id,status,reference,reason", .. rows.Select(row => $"{row[0]},accepted,ref-{row[0]},")]);
            answered.Add(name);
            say("answered " + name);
        }
    }

    private void Put(string name, IEnumerable<string> lines)
    {
        var inbox = folder.Inside("refunds", "in");
        var aside = Path.Combine(inbox, name + ".part");
        using (var file = File.Create(aside))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
            file.Flush();
            DurableFolder.Flush(file.SafeFileHandle, aside);
        }
        File.Move(aside, Path.Combine(inbox, name + ".ack.csv"));
        DurableFolder.Flush(inbox);
    }
}
