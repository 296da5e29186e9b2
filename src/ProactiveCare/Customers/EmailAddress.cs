namespace ProactiveCare.Customers;

/// <summary>What can be told of an address without sending to it. Lengths: RFC 5321 section 4.5.3.1.</summary>
internal static class EmailAddress
{
    private const string NeverUnquoted = "()<>[]:;,\\\"@";

    public static bool IsUsable(string address)
    {
        var at = address.LastIndexOf('@');
        return at is > 0 and <= 64 && address.Length <= 254 && IsLocal(address.AsSpan(0, at))
            && IsDomain(address[(at + 1)..]);
    }

    private static bool IsLocal(ReadOnlySpan<char> local)
    {
        foreach (var c in local)
        {
            if (c <= ' ' || char.IsControl(c) || char.IsWhiteSpace(c) || NeverUnquoted.Contains(c)) return false;
        }
        return local[0] != '.' && local[^1] != '.' && local.IndexOf("..") < 0;
    }

    private static bool IsDomain(string domain)
    {
        var labels = domain.Split('.');
        return labels.Length > 1 && labels.All(label =>
            label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(c => char.IsLetterOrDigit(c) || c == '-'));
    }
}
