using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli;

/// <summary>The options that every list takes: whose, of which time, and how many.</summary>
/// <param name="done">The word for what happened to the listed things in that time.</param>
/// <param name="usual">The number of things without an option.</param>
internal sealed class ListOptions(string done, int usual)
{
    private readonly Option<string?> job = SharedOptions.OnlyJob();

    private readonly Option<string?> customer = SharedOptions.OnlyCustomer();

    private readonly Option<int> limit = SharedOptions.Limit(usual, "At most so many");

    private readonly PeriodOptions period = new(done);

    public void AddTo(Command verb, bool isOfOneJob = false)
    {
        foreach (var option in isOfOneJob ? (Option[])[] : [job, customer]) verb.Add(option);
        period.AddTo(verb);
        verb.Add(limit);
    }

    /// <summary>The given values; a job or customer that is not known is refused.</summary>
    /// <exception cref="UsageException">The period has another form.</exception>
    public (JobId? Job, CustomerId? Customer, TimeFrame Frame, int Most) Of(Session session)
    {
        var (onlyJob, whom) = (session.Get(job), session.Get(customer));
        if (onlyJob is not null) session.Read(db => JobBook.Get(db, new JobId(onlyJob)));
        if (whom is not null) session.Read(db => CaseForms.KnownCustomer(db, new CustomerId(whom)));
        return (
            onlyJob is null ? null : new JobId(onlyJob), whom is null ? null : new CustomerId(whom), period.Of(session),
            Math.Max(1, session.Get(limit)));
    }
}

/// <summary>The options of a period, as every list takes them.</summary>
/// <param name="done">The word for what happened to the listed things in that time.</param>
internal sealed class PeriodOptions(string done)
{
    private readonly Option<string?> since = Moment("--since", $"Only those {done} since: {TimeFrame.Forms}.");

    private readonly Option<string?> until = Moment("--until", $"Only those {done} up to the end of: the same forms.");

    public void AddTo(Command verb)
    {
        verb.Add(since);
        verb.Add(until);
    }

    /// <exception cref="UsageException">The period has another form.</exception>
    public TimeFrame Of(Session session)
    {
        try
        {
            return TimeFrame.Parse(session.Get(since), session.Get(until), session.Zone, session.Time.Now());
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static Option<string?> Moment(string name, string description) =>
        new(name) { HelpName = "WHEN", Description = description };
}
