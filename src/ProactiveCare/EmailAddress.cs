using System.Diagnostics.CodeAnalysis;

namespace ProactiveCare;

/// <summary>
/// An address that mail can be sent to. An international domain is kept in its <c>xn--</c> form; letters beyond ASCII
/// before the @ need a relay with SMTPUTF8. A part before the @ that needs quotes has them.
/// </summary>
/// <param name="Address">local@domain.</param>
/// <param name="Name">The display name in a header; may be empty.</param>
public sealed record EmailAddress(string Address, string Name)
{
    // The lengths are those of RFC 5321, section 4.5.3.1.
    private const int Longest = 254;

    /// <summary>Whether it needs SMTPUTF8.</summary>
    public bool IsInternational => !Ascii.IsValid(Address);

    /// <summary>Parses an address; a failure is worded for those who maintain the customer's data.</summary>
    public static bool TryParse(
        string? text, string name, [NotNullWhen(true)] out EmailAddress? address,
        [NotNullWhen(false)] out string? problem)
    {
        (address, problem) = (null, null);
        var trimmed = text?.Trim() ?? "";
        var at = trimmed.LastIndexOf('@');
        if (trimmed.Length == 0) problem = "There is no e-mail address.";
        else if (at <= 0 || at == trimmed.Length - 1) problem = No("it needs a name, an @ and a domain");
        else if (!IsLocal(trimmed[..at]) || trimmed.Length > Longest)
            problem = No("the part before the @ cannot be written like this");
        if (problem is not null) return false;
        if (Domain(trimmed[(at + 1)..]) is not { } domain)
        {
            problem = No("the part after the @ is not a domain");
            return false;
        }
        address = new(Written(trimmed[..at]) + "@" + domain, name);
        return true;

        string No(string why) => $"'{HarmlessText.Shown(trimmed)}' is not an e-mail address: {why}.";
    }

    /// <summary>Whether a customer's address may be stored: its domain has to be one of the Internet.</summary>
    public static bool IsUsable(string address) =>
        address == address.Trim() && TryParse(address, "", out var read, out _)
        && read.Address.IndexOf('.', read.Address.LastIndexOf('@')) > 0;

    /// <summary>Parses an address from the settings.</summary>
    /// <exception cref="FormatException">It cannot be used; the message says why.</exception>
    public static EmailAddress Parse(string text, string name = "") =>
        TryParse(text, name, out var address, out var problem) ? address : throw new FormatException(problem);

    private static string? Domain(string text)
    {
        try
        {
            var ascii = new IdnMapping { AllowUnassigned = false, UseStd3AsciiRules = true }.GetAscii(text);
            return ascii.Length <= 253 ? ascii.ToLowerInvariant() : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // Dots at the end or side by side are in use: a mobile provider of Japan gave them out. The standard has them
    // between quotes, which mean the same mailbox.
    private static string Written(string local) =>
        local[0] != '"' && HasStrayDots(local) ? $"\"{local}\"" : local;

    private static bool HasStrayDots(string local) =>
        local[^1] == '.' || local.Contains("..", StringComparison.Ordinal);

    private static bool IsLocal(string local) =>
        local.Length is > 0 and <= 64 && local[0] != '.' && (local[0] == '"'
            ? IsQuoted(local)
            : local.All(IsLocal) && (Ascii.IsValid(local) || !HasStrayDots(local)));

    private static bool IsLocal(char c) =>
        char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~.".Contains(c, StringComparison.Ordinal)
        || c > 127 && IsLetterOrMark(c);

    // Anything printable between the quotes; a quote or backslash after a backslash.
    private static bool IsQuoted(string local)
    {
        if (local.Length < 3 || local[^1] != '"' || local.Any(c => c is < ' ' or > '~')) return false;
        for (var i = 1; i < local.Length - 1; i++)
        {
            if (local[i] == '"') return false;
            if (local[i] == '\\' && ++i == local.Length - 1) return false;
        }
        return true;
    }

    private static bool IsLetterOrMark(char c) => char.IsLetterOrDigit(c)
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
