using NodaTime;

namespace ProactiveCare.Stories;

/// <summary>The worker was killed.</summary>
internal sealed class KilledException() : Exception("The worker was killed.");

/// <summary>The machine's clock: it may be wrong, and it is where a worker dies. The product asks it at nearly every
/// step, so a kill at the nth question is one at a random instruction; a killed worker gets no further
/// answer.</summary>
internal sealed class Clock(Instant start) : TimeProvider
{
    private int? questionsLeft;

    /// <summary>The time as it is.</summary>
    public Instant True { get; set; } = start;

    /// <summary>The clock's error.</summary>
    public Duration Off { get; set; }

    /// <summary>The time as the product sees it.</summary>
    public Instant Shown => True + Off;

    public bool IsDead { get; private set; }

    /// <summary>Kills the worker at the nth question from now on.</summary>
    public void KillAt(int question) => questionsLeft = question;

    /// <summary>Another worker starts.</summary>
    public void Revive() => (questionsLeft, IsDead) = (null, false);

    public override DateTimeOffset GetUtcNow()
    {
        if (questionsLeft is { } left && (questionsLeft = left - 1) <= 0) IsDead = true;
        return IsDead ? throw new KilledException() : Shown.ToDateTimeOffset();
    }
}
