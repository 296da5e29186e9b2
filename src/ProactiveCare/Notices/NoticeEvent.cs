namespace ProactiveCare.Notices;

/// <summary>The event that a notice reports; its text is used in file names, tables and messages.</summary>
public sealed class NoticeEvent : Code<NoticeEvent>
{
    /// <summary>Money went back to the original payment.</summary>
    public static readonly NoticeEvent Refunded = new("refunded");

    /// <summary>Money was put on the customer's account.</summary>
    public static readonly NoticeEvent Credited = new("credited");

    /// <summary>The trouble is known and being looked at; nothing is promised yet.</summary>
    public static readonly NoticeEvent Held = new("held");

    /// <summary>A hazard is coming; no money is involved.</summary>
    public static readonly NoticeEvent Alert = new("alert");

    /// <summary>To staff: what a day came to.</summary>
    public static readonly NoticeEvent Summary = new("summary");

    /// <summary>To staff: something needs a person now.</summary>
    public static readonly NoticeEvent Alarm = new("alarm");

    private NoticeEvent(string text) : base(text)
    {
    }

    /// <summary>Those that customers are told of.</summary>
    public static IReadOnlyList<NoticeEvent> ToCustomers { get; } = [Refunded, Credited, Held, Alert];

    /// <summary>Whether the notice reports money that the customer gets.</summary>
    public bool IsMoney => IsOneOf(Refunded, Credited);
}
