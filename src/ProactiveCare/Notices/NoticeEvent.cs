namespace ProactiveCare.Notices;

/// <summary>What a notice reports.</summary>
public enum NoticeEvent
{
    /// <summary>Money went back to the original payment.</summary>
    Refunded,

    /// <summary>Money was put on the customer's account.</summary>
    Credited,

    /// <summary>The trouble is known and being looked at; nothing is promised yet.</summary>
    Held,

    /// <summary>A hazard is coming; no money is involved.</summary>
    Alert,

    /// <summary>To staff: what a day came to.</summary>
    Summary,

    /// <summary>To staff: something needs a person now.</summary>
    Alarm,
}

/// <summary>What follows from the kind of event.</summary>
public static class NoticeEvents
{
    /// <summary>The word used in file names, tables and messages.</summary>
    public static string Word(this NoticeEvent kind) => kind switch
    {
        NoticeEvent.Refunded => "refunded",
        NoticeEvent.Credited => "credited",
        NoticeEvent.Held => "held",
        NoticeEvent.Alert => "alert",
        NoticeEvent.Summary => "summary",
        NoticeEvent.Alarm => "alarm",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of notice."),
    };

    /// <summary>The event of a word; null when there is none.</summary>
    public static NoticeEvent? OfWord(string word) =>
        Enum.GetValues<NoticeEvent>().Cast<NoticeEvent?>().FirstOrDefault(kind => kind!.Value.Word() == word);

    /// <summary>Whether the notice reports money that the customer gets.</summary>
    public static bool IsMoney(this NoticeEvent kind) => kind is NoticeEvent.Refunded or NoticeEvent.Credited;
}
