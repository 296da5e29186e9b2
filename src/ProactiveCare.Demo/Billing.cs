using ProactiveCare.Storage;

namespace ProactiveCare.Demo;

/// <summary>The company's billing system: reads refund files, pays where possible and answers in files.</summary>
internal sealed class Billing(DataFolder folder)
{
    /// <summary>A payment that cannot be refunded to its card.</summary>
    public const string ExpiredCard = "card-expired";

    private readonly HashSet<string> answered = new(StringComparer.Ordinal);
    private int payments;

    /// <summary>Answers every new refund file.</summary>
    /// <returns>The numbers of paid and refused refunds.</returns>
    public (int Paid, int Refused) Work()
    {
        var (paid, refused) = (0, 0);
        var sent = Directory.CreateDirectory(folder.Inside("refunds", "out")).FullName;
        foreach (var file in Directory.GetFiles(sent, "*.csv").Order(StringComparer.Ordinal).Where(answered.Add))
        {
            List<string> answer = ["credit_id,status,reference,reason"];
            foreach (var line in File.ReadLines(file).Skip(1).Select(line => line.Split(',')))
            {
                var refuses = line[2] == ExpiredCard;
                answer.Add(refuses ? $"{line[0]},refused,,the card has expired" : $"{line[0]},accepted,{Reference()},");
                if (refuses) refused++;
                else paid++;
            }
            Place(Path.GetFileNameWithoutExtension(file) + ".ack.csv", answer);
        }
        return (paid, refused);
    }

    private string Reference() => string.Create(CultureInfo.InvariantCulture, $"bill-{++payments:00000}");

    // Written under another name and then moved, as the gateway requires of a billing system.
    private void Place(string name, List<string> lines)
    {
        var aside = folder.Inside("refunds", name + ".part");
        File.WriteAllText(aside, string.Join('\n', lines) + "\n");
        File.Move(aside, Path.Combine(Directory.CreateDirectory(folder.Inside("refunds", "in")).FullName, name));
    }
}
