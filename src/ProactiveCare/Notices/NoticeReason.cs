namespace ProactiveCare.Notices;

/// <summary>
/// The one reason of every notice that waits or is not sent. What a notice keeps may add a detail behind it.
/// </summary>
public static class NoticeReason
{
    /// <summary>The customer is not, or no longer, known.</summary>
    public const string UnknownCustomer = "unknown-customer";

    /// <summary>The account is closed.</summary>
    public const string CustomerClosed = "customer-closed";

    /// <summary>The customer has died.</summary>
    public const string CustomerDeceased = "customer-deceased";

    /// <summary>It would come too late.</summary>
    public const string Expired = "expired";

    /// <summary>No address is known.</summary>
    public const string NoAddress = "no-address";

    /// <summary>Mail cannot be sent to the address.</summary>
    public const string BadAddress = "bad-address";

    /// <summary>What it announces happened before it left.</summary>
    public const string Overtaken = "overtaken";

    /// <summary>Its time has not come.</summary>
    public const string NotBefore = "not-before";

    /// <summary>It is night at the customer's.</summary>
    public const string QuietHours = "quiet-hours";

    /// <summary>The customer has had enough notices for the day.</summary>
    public const string DailyCap = "daily-cap";

    /// <summary>The job's template does not go with the facts.</summary>
    public const string CannotBeWritten = "cannot-be-written";

    /// <summary>This program cannot read the version of the job that holds the words.</summary>
    public const string WordsUnreadable = "words-unreadable";

    /// <summary>The mail server refused it for good.</summary>
    public const string Refused = "refused";

    /// <summary>The mail server refused it again and again.</summary>
    public const string GivenUp = "given up";

    /// <summary>Nobody knows whether it arrived, and its topic is not sent twice.</summary>
    public const string WaitsForPerson = "waits for a person";

    /// <summary>Nobody knows whether it arrived, however often it was tried.</summary>
    public const string MayHaveArrived = "may have arrived";

    private static readonly Dictionary<string, string> Said = new(StringComparer.Ordinal)
    {
        [UnknownCustomer] = "the customer is not known any more",
        [CustomerClosed] = "the account is closed",
        [CustomerDeceased] = "the account holder has died",
        [Expired] = "it would have come too late to be of use",
        [NoAddress] = "there is no e-mail address to send it to",
        [BadAddress] = "mail cannot be sent to the e-mail address that is on file",
        [Overtaken] = "it was made right before the message could be sent, and they were told of that instead",
        [NotBefore] = "its time has not come",
        [QuietHours] = "it is night where the customer lives, and only warnings of danger are sent at night",
        [DailyCap] = "the customer has had as many messages that day as we send in one",
        [CannotBeWritten] = "its words could not be put together; the job's owner has to look at them",
        [WordsUnreadable] = "its words cannot be read now, and it is sent once they can be",
        [Refused] = "the customer's mail server refused it",
        [GivenUp] = "the customer's mail server could not take it, however often it was tried",
        [WaitsForPerson] = "it may have arrived, and a person decides whether to send it again",
        [MayHaveArrived] = "it may have arrived, and was tried often enough",
    };

    /// <summary>A reason in words that can be read to the customer.</summary>
    /// <param name="reason">As a notice keeps it, with or without a detail.</param>
    public static string Words(string reason) =>
        Said.FirstOrDefault(said => reason.StartsWith(said.Key, StringComparison.Ordinal)).Value ?? reason;
}
