using System.Globalization;
using System.Text;

namespace ProactiveCare.PowerLoss;

/// <summary>One finished system call as strace prints it with <c>-xx</c>: every string in hexadecimal.</summary>
/// <param name="Name">The call.</param>
/// <param name="Strings">The strings among its arguments, in order.</param>
/// <param name="Arguments">All arguments as text, strings left empty.</param>
/// <param name="Result">What it returned; negative for an error.</param>
internal sealed record StraceLine(
    string Name, IReadOnlyList<byte[]> Strings, IReadOnlyList<string> Arguments, long Result)
{
    public string Path(int index) => Encoding.UTF8.GetString(Strings[index]);

    public long Number(int index) => long.Parse(Arguments[index], CultureInfo.InvariantCulture);

    /// <summary>Joins calls that another thread interrupted, and leaves out signals and exits.</summary>
    public static IEnumerable<StraceLine> Read(TextReader trace)
    {
        var begun = new Dictionary<string, string>(StringComparer.Ordinal);
        while (trace.ReadLine() is { } line)
        {
            var space = line.IndexOf(' ');
            var (thread, text) = (line[..space], line[space..].TrimStart());
            if (text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("+++", StringComparison.Ordinal))
                continue;
            const string unfinished = " <unfinished ...>";
            if (text.EndsWith(unfinished, StringComparison.Ordinal))
            {
                begun[thread] = text[..^unfinished.Length];
                continue;
            }
            if (text.StartsWith("<... ", StringComparison.Ordinal))
                text = begun[thread] + text[(text.IndexOf(" resumed>", StringComparison.Ordinal) + 9)..];
            if (Parse(text) is { } call) yield return call;
        }
    }

    internal static StraceLine? Parse(string text)
    {
        var open = text.IndexOf('(');
        var equals = text.LastIndexOf(" = ", StringComparison.Ordinal);
        if (open < 0 || equals < 0) return null;
        var (strings, arguments, argument) = (new List<byte[]>(), new List<string>(), new StringBuilder());
        var depth = 0;
        for (var i = open + 1; i < equals; i++)
        {
            switch (text[i])
            {
                case '"':
                    var end = text.IndexOf('"', i + 1);
                    strings.Add(Bytes(text.AsSpan(i + 1, end - i - 1)));
                    i = end;
                    break;
                case ',' when depth == 0:
                    arguments.Add(argument.ToString().Trim());
                    argument.Clear();
                    break;
                case ')' when depth == 0:
                    arguments.Add(argument.ToString().Trim());
                    argument.Clear();
                    break;
                default:
                    depth += text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
                    argument.Append(text[i]);
                    break;
            }
        }
        var result = text[(equals + 3)..].Split(' ')[0];
        return long.TryParse(result, CultureInfo.InvariantCulture, out var number)
            ? new StraceLine(text[..open], strings, arguments, number)
            : null;
    }

    // \x41\x42: strace cuts nothing off, since it is told to print ten million bytes.
    private static byte[] Bytes(ReadOnlySpan<char> hex)
    {
        var bytes = new byte[hex.Length / 4];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((Digit(hex[i * 4 + 2]) << 4) | Digit(hex[i * 4 + 3]));
        return bytes;
    }

    private static int Digit(char c) => c <= '9' ? c - '0' : c - 'a' + 10;
}
