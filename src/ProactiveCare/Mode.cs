namespace ProactiveCare;

/// <summary>Whether a job acts or only records.</summary>
public static class Mode
{
    /// <summary>Pays and sends.</summary>
    public const string Live = "live";

    /// <summary>Decides and records everything, pays and sends nothing.</summary>
    public const string Shadow = "shadow";
}
