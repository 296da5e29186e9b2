namespace ProactiveCare.Notices;

/// <summary>The state of a notice.</summary>
public sealed class NoticeState : Code<NoticeState>
{
    /// <summary>To be sent when it is due.</summary>
    public static readonly NoticeState Queued = new("queued");

    /// <summary>To be sent later, for the stored reason.</summary>
    public static readonly NoticeState Held = new("held");

    /// <summary>Claimed by a sender.</summary>
    public static readonly NoticeState Sending = new("sending");

    /// <summary>Accepted by the relay; final.</summary>
    public static readonly NoticeState Sent = new("sent");

    /// <summary>Possibly accepted by the relay.</summary>
    public static readonly NoticeState Uncertain = new("uncertain");

    /// <summary>Not to be sent, for the stored reason; final.</summary>
    public static readonly NoticeState Suppressed = new("suppressed");

    /// <summary>Refused permanently or given up; final.</summary>
    public static readonly NoticeState Bounced = new("bounced");

    private NoticeState(string text) : base(text)
    {
    }
}

/// <summary>The one reason of every notice that waits or is not sent. A stored reason may have a detail
/// appended.</summary>
public sealed class NoticeReason : Code<NoticeReason>
{
    /// <summary>The customer is unknown, or no longer known.</summary>
    public static readonly NoticeReason UnknownCustomer = new(
        "unknown-customer", "the customer is not known any more");

    /// <summary>The account is closed.</summary>
    public static readonly NoticeReason CustomerClosed = new(
        "customer-closed", "the account is closed");

    /// <summary>The customer has died.</summary>
    public static readonly NoticeReason CustomerDeceased = new(
        "customer-deceased", "the account holder has died");

    /// <summary>It would arrive too late.</summary>
    public static readonly NoticeReason Expired = new(
        "expired", "it would have come too late to be of use");

    /// <summary>No address is known.</summary>
    public static readonly NoticeReason NoAddress = new(
        "no-address", "there is no e-mail address to send it to");

    /// <summary>Mail cannot be sent to the address.</summary>
    public static readonly NoticeReason BadAddress = new(
        "bad-address", "mail cannot be sent to the e-mail address that is on file");

    /// <summary>The announced event happened before it was sent.</summary>
    public static readonly NoticeReason Overtaken = new(
        "overtaken", "it was made right before the message could be sent, and they were told of that instead");

    /// <summary>Its time has not been reached.</summary>
    public static readonly NoticeReason NotBefore = new(
        "not-before", "its time has not come");

    /// <summary>It is night in the customer's time zone.</summary>
    public static readonly NoticeReason QuietHours = new(
        "quiet-hours", "it is night where the customer lives, and only warnings of danger are sent at night");

    /// <summary>The customer has reached the cap of notices for the day.</summary>
    public static readonly NoticeReason DailyCap = new(
        "daily-cap", "the customer has had as many messages that day as we send in one");

    /// <summary>The facts do not fit the job's template.</summary>
    public static readonly NoticeReason CannotBeWritten = new(
        "cannot-be-written", "its words could not be put together; the job's owner has to look at them");

    /// <summary>The credit was undone before it was sent.</summary>
    public static readonly NoticeReason Undone = new(
        "undone", "the credit was taken back before the message could be sent");

    /// <summary>This program cannot read the version of the job that holds the template.</summary>
    public static readonly NoticeReason WordsUnreadable = new(
        "words-unreadable", "its words cannot be read now, and it is sent once they can be");

    /// <summary>The mail server refused it permanently.</summary>
    public static readonly NoticeReason Refused = new(
        "refused", "the customer's mail server refused it");

    /// <summary>The mail server refused it repeatedly.</summary>
    public static readonly NoticeReason GivenUp = new(
        "given up", "the customer's mail server could not take it, however often it was tried");

    /// <summary>Its arrival is uncertain, and its topic is not sent twice.</summary>
    public static readonly NoticeReason WaitsForPerson = new(
        "waits for a person", "it may have arrived, and a person decides whether to send it again");

    /// <summary>Its arrival is uncertain after all attempts.</summary>
    public static readonly NoticeReason MayHaveArrived = new(
        "may have arrived", "it may have arrived, and was tried often enough");

    private NoticeReason(string text, string said) : base(text) => Said = said;

    /// <summary>The reason in words that can be read to the customer.</summary>
    public string Said { get; }

    /// <summary>A reason in words that can be read to the customer.</summary>
    /// <param name="reason">The stored reason, with or without a detail.</param>
    public static string Words(string reason) =>
        All.FirstOrDefault(known => reason.StartsWith(known.Text, StringComparison.Ordinal))?.Said ?? reason;
}

/// <summary>The event that a notice reports; its text is used in file names, tables and messages.</summary>
public sealed class NoticeEvent : Code<NoticeEvent>
{
    /// <summary>Money went back to the original payment.</summary>
    public static readonly NoticeEvent Refunded = new("refunded");

    /// <summary>Money was put on the customer's account.</summary>
    public static readonly NoticeEvent Credited = new("credited");

    /// <summary>The problem is known and under review; nothing is promised yet.</summary>
    public static readonly NoticeEvent Held = new("held");

    /// <summary>Money of which the customer was told does not come, is taken back, or was a mistake of ours.</summary>
    public static readonly NoticeEvent Withdrawn = new("withdrawn");

    /// <summary>A hazard is coming; no money is involved.</summary>
    public static readonly NoticeEvent Alert = new("alert");

    /// <summary>To staff: the result of a day.</summary>
    public static readonly NoticeEvent Summary = new("summary");

    /// <summary>To staff: a problem that needs a person now.</summary>
    public static readonly NoticeEvent Alarm = new("alarm");

    private NoticeEvent(string text) : base(text)
    {
    }

    /// <summary>The events of notices to customers.</summary>
    public static IReadOnlyList<NoticeEvent> ToCustomers { get; } = [Refunded, Credited, Held, Withdrawn, Alert];

    /// <summary>Whether a job's main notice cannot report the event.</summary>
    public bool HasOwnWords => IsOneOf(Held, Withdrawn);

    /// <summary>Whether the notice reports money for the customer.</summary>
    public bool IsMoney => IsOneOf(Refunded, Credited);
}
