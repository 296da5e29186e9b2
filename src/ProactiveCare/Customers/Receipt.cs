namespace ProactiveCare.Customers;

/// <summary>What became of a row that came in.</summary>
public enum Reception
{
    /// <summary>Its id was not known.</summary>
    Stored,

    /// <summary>Its id was known with other content.</summary>
    Revised,

    /// <summary>Its id was known with the same content.</summary>
    Duplicate,

    /// <summary>It contradicts what is stored.</summary>
    Refused,
}

/// <summary>
/// What became of a row that came in, and when it was refused, why, in words for the person who sent it.
/// </summary>
public readonly record struct Receipt(Reception Reception, string? Reason = null);
