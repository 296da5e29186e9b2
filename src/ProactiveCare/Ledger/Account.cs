using System.Buffers;
using System.Globalization;

namespace ProactiveCare.Ledger;

/// <summary>The names of accounts: parts of lower-case letters, digits and hyphens, joined by colons.</summary>
public static class Account
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>What is owed to billing for credits put on customers' accounts there.</summary>
    public const string Billing = "liability:billing";

    /// <summary>Where rounding differences go.</summary>
    public const string Rounding = "rounding";

    /// <summary>What an entitlement of a job costs: <c>expense:goodwill:slow-video-stream</c>.</summary>
    public static string Expense(string entitlement, JobId job) => $"expense:{entitlement}:{job}";

    /// <summary>
    /// Income that a job gives back because a price fell: <c>contra-revenue:price:price-drop-refund</c>.
    /// </summary>
    public static string PriceReduction(JobId job) => $"contra-revenue:price:{job}";

    /// <summary>What is owed to a customer, by the number that stands for them in the books.</summary>
    public static string Customer(long customerNumber) =>
        "liability:customers:" + customerNumber.ToString(CultureInfo.InvariantCulture);

    /// <summary>Where a payment gateway takes its money from: <c>asset:gateway:refund-file</c>.</summary>
    public static string Gateway(string name) => $"asset:gateway:{name}";

    internal static bool IsLegal(string name)
    {
        var parts = name.AsSpan().Split(':');
        parts.MoveNext();
        if (name.AsSpan()[parts.Current] is not ("expense" or "contra-revenue" or "liability" or "asset" or Rounding))
            return false;
        foreach (var part in parts)
        {
            if (name.AsSpan()[part] is [] or ['-', ..] || name.AsSpan()[part].ContainsAnyExcept(Characters))
                return false;
        }
        return true;
    }
}
