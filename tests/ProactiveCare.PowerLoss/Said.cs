using System.Text.Json;

namespace ProactiveCare.PowerLoss;

/// <summary>Everything acknowledged before the power loss.</summary>
internal sealed class Said
{
    /// <summary>Whether init was acknowledged.</summary>
    public bool Installed { get; private set; }

    /// <summary>The highest of each count.</summary>
    public Dictionary<string, long> Counts { get; private set; } = [];

    /// <summary>Message-IDs that were handed to the transport, which has not said that it did not send them.</summary>
    public HashSet<string> Offered { get; } = [];

    /// <summary>
    /// Message-ID, file name and hash of mails that were taken; a mail taken twice stands here twice.
    /// </summary>
    public List<(string MessageId, string File, string Hash)> Mailed { get; } = [];

    /// <summary>Refund files that billing has answered, by name.</summary>
    public List<string> Answered { get; } = [];

    /// <summary>Keys that billing has paid.</summary>
    public List<string> Paid { get; } = [];

    /// <summary>The credits that billing has paid, once for each key.</summary>
    public List<string> PaidCredits { get; } = [];

    /// <summary>Acknowledged backups.</summary>
    public List<string> Backups { get; } = [];

    public void Take(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var word = line.Split(' ', 2)[0];
            var rest = line.Length > word.Length ? line[(word.Length + 1)..] : "";
            Take(word, rest, rest.Split(' '));
        }
    }

    private void Take(string word, string rest, string[] parts)
    {
        switch (word)
        {
            case "installed":
                Installed = true;
                break;
            case "state":
                Counts = JsonSerializer.Deserialize<Dictionary<string, long>>(rest)!;
                break;
            case "offer":
                Offered.Add(rest);
                break;
            case "unsent":
                Offered.Remove(rest);
                break;
            case "mail":
                Mailed.Add((parts[0], parts[1], parts[2]));
                break;
            case "paid":
                Paid.Add(parts[0]);
                PaidCredits.Add(parts[1]);
                break;
            case "answered":
                Answered.Add(rest);
                break;
            case "backup":
                Backups.Add(rest);
                break;
            default:
                throw new InvalidOperationException($"'{word}' is no mark.");
        }
    }
}
