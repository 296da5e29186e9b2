namespace ProactiveCare;

/// <summary>A customer's id in the company's own systems.</summary>
public readonly record struct CustomerId(string Value)
{
    /// <summary>The id as written.</summary>
    public override string ToString() => Value;
}

/// <summary>A purchase's id in the company's own systems.</summary>
public readonly record struct PurchaseId(string Value)
{
    /// <summary>The id as written.</summary>
    public override string ToString() => Value;
}

/// <summary>A job's lineage: lower-case letters, digits and hyphens; never reused.</summary>
public readonly record struct JobId(string Value)
{
    /// <summary>The id as written.</summary>
    public override string ToString() => Value;
}

/// <summary>A job folder's content: the SHA-256 of its files, in lower-case hexadecimal.</summary>
public readonly record struct JobVersion(string Value)
{
    /// <summary>The first eight characters, enough for a reader.</summary>
    public string Short => Value.Length > 8 ? Value[..8] : Value;

    /// <summary>The whole hash.</summary>
    public override string ToString() => Value;
}

/// <summary>An actor: a row of the actor table.</summary>
public readonly record struct ActorId(long Value)
{
    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One execution of a job.</summary>
public readonly record struct RunId(long Value)
{
    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A finding with its decisions.</summary>
public readonly record struct CaseId(long Value)
{
    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Money owed by a decision.</summary>
public readonly record struct CreditId(long Value)
{
    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A message to a customer or to staff.</summary>
public readonly record struct NoticeId(long Value)
{
    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A ledger entry.</summary>
public readonly record struct EntryId(long Value)
{
    /// <summary>The number.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
