namespace ProactiveCare;

/// <summary>The kind of a refusal, for programs; the message is for people.</summary>
public enum RefusalCode
{
    /// <summary>The input is invalid.</summary>
    Invalid,

    /// <summary>The target does not exist.</summary>
    NotFound,

    /// <summary>The actor lacks the right.</summary>
    NotAllowed,

    /// <summary>The current state does not allow it.</summary>
    Conflict,
}

/// <summary>An operation was refused and changed nothing; the message says why and what to do, in the user's words.
/// </summary>
public class RefusedException(string message, RefusalCode code = RefusalCode.Conflict) : Exception(message)
{
    /// <summary>The kind.</summary>
    public RefusalCode Code => code;
}
