namespace ProactiveCare.Stories;

/// <summary>An event of a story: some by the company, some by its customers, its billing system, its bank, its mail
/// relay and its machines.</summary>
internal enum Deed
{
    Evening, Turn, Customer, Purchase, Session, Revision, Again, Run, Deliver, Wait, Approve, Reject, Undo, Confirm,
    Decline, Retry, Convert, Billing, GivenElsewhere, Dispute, DisputeEnd, Clock, Crash, Backup, Restore, Andon, Relay,
}

/// <summary>A step of a story. Its numbers choose among what is there when it is reached, so a story without one of
/// its steps is a story too.</summary>
internal sealed record Step(Deed Deed, int A, int B)
{
    // How often each deed occurs, of the sum of all.
    private static readonly (Deed Deed, int Weight)[] Weights =
    [
        (Deed.Evening, 18), (Deed.Turn, 16), (Deed.Customer, 2), (Deed.Purchase, 3), (Deed.Session, 6),
        (Deed.Revision, 4), (Deed.Again, 2), (Deed.Run, 5), (Deed.Deliver, 7), (Deed.Wait, 6), (Deed.Approve, 5),
        (Deed.Reject, 2), (Deed.Undo, 5), (Deed.Confirm, 4), (Deed.Decline, 1), (Deed.Retry, 2), (Deed.Convert, 2),
        (Deed.Billing, 12), (Deed.GivenElsewhere, 6), (Deed.Dispute, 3), (Deed.DisputeEnd, 3), (Deed.Clock, 3),
        (Deed.Crash, 6),
        (Deed.Backup, 3), (Deed.Restore, 3), (Deed.Andon, 2), (Deed.Relay, 3),
    ];

    /// <summary>The steps of a story.</summary>
    public static List<Step> Draw(int seed)
    {
        // Random draws alike for seeds side by side.
        var random = new Random(unchecked((int)(seed * 2_654_435_761L)));
        var steps = new List<Step>();
        for (var left = random.Next(8, 36); left > 0; left--) steps.Add(One(random));
        return steps;
    }

    /// <summary>As it is printed for a story that fails, and parsed again.</summary>
    public override string ToString() => $"{Deed} {A} {B}";

    private static Step One(Random random)
    {
        var left = random.Next(Weights.Sum(each => each.Weight));
        var chosen = Weights.First(each => (left -= each.Weight) < 0).Deed;
        return new Step(chosen, random.Next(1000), random.Next(1000));
    }
}
