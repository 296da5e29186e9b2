using System.Data.Common;
using NodaTime;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>A version of a job that can be accepted, with all that is to be known before.</summary>
/// <param name="Job">The job.</param>
/// <param name="Version">The version; accepting names it.</param>
/// <param name="Description">What the job does.</param>
/// <param name="IsFirst">Whether no version of it acts yet.</param>
/// <param name="Changes">What changed since the version that acts.</param>
/// <param name="Cases">In how many cases it would have helped in shadow.</param>
/// <param name="WouldHaveGiven">What it would have given in them, by currency.</param>
/// <param name="Terms">What it may do.</param>
/// <param name="Unreadable">Why the version that acts cannot be read; null when it can.</param>
/// <param name="News">What was taken in.</param>
public sealed record JobOffer(
    JobId Job, JobVersion Version, string Description, bool IsFirst, IReadOnlyList<JobChange> Changes, long Cases,
    IReadOnlyList<Money> WouldHaveGiven, OfferTerms Terms, string? Unreadable, IReadOnlyList<string> News);

/// <summary>What a version may do.</summary>
/// <param name="DailyBudget">What it may give in a day.</param>
/// <param name="ApprovalAbove">Above what finance is asked; null when it never is.</param>
/// <param name="Shadow">Whether it stays in shadow.</param>
/// <param name="Pays">Whether it gives money.</param>
public sealed record OfferTerms(
    IReadOnlyList<Money> DailyBudget, IReadOnlyList<Money>? ApprovalAbove, bool Shadow, bool Pays);

/// <summary>A version that acts from now on.</summary>
public sealed record JobAccepted(JobOffer Offer, string AcceptedBy);

/// <summary>A run and what it decided.</summary>
public sealed record RunDecided(Run Run, IReadOnlyList<DecisionTally> Decisions);

/// <summary>What running a job came to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Runs">The runs; none when it is paused.</param>
/// <param name="DecidedAgain">What cases that had waited came to.</param>
/// <param name="ArrivedBefore">What arrived before the job began, and was not looked at.</param>
/// <param name="Pause">What keeps it from running.</param>
/// <param name="Waits">Whether its newest version waits to be accepted.</param>
/// <param name="Acts">Whether a version of it acts.</param>
/// <param name="News">What was taken in.</param>
public sealed record JobRan(
    JobId Job, IReadOnlyList<RunDecided> Runs, IReadOnlyList<DecisionTally> DecidedAgain, Lag? ArrivedBefore,
    JobStop? Pause, bool Waits, bool Acts, IReadOnlyList<string> News);

/// <summary>What operators do with jobs: accept versions, and run them now.</summary>
public sealed class JobOperations(Store store, JobBook book, JobIntake intake, JobRunner runner, TimeProvider time)
{
    /// <summary>Takes in what the job folders say.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public Task<IReadOnlyList<string>> TakeIn(Actor by)
    {
        by.Require(Role.Operator);
        return intake.TakeIn();
    }

    /// <summary>What accepting a job would make act.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobOffer> Offer(Actor by, JobId id)
    {
        by.Require(Role.Operator);
        var news = await intake.TakeIn();
        var here = Here(id);
        return store.Read(db => Offer(db, id, here)) with { News = news };
    }

    /// <summary>Makes a version act that was offered.</summary>
    /// <exception cref="RefusedException">Refused; with <see cref="RefusalCode.Conflict"/> when the job was edited
    /// since it was offered.</exception>
    public async Task<JobAccepted> Accept(Actor by, JobId id, JobVersion version)
    {
        by.Require(Role.Operator);
        // What was offered is in the book, or beside workers elsewhere in this node's folder.
        await intake.TakeIn();
        var here = Here(id);
        var offer = await store.Write(db =>
        {
            var offered = Offer(db, id, here);
            if (offered.Version != version)
                throw new JobException($"{id} was edited just now; nothing was accepted.");
            if (here is not null) book.Propose(db, here, auto: false, time.Now());
            var cost = new
            {
                offered.Cases, Amounts = offered.WouldHaveGiven.Select(amount => amount.ToString()),
            };
            // A version that changes nothing about money acts as soon as it is taken in.
            if (here is null || JobBook.Get(db, id).Waits) book.Accept(db, id, by.Id, cost, time.Now());
            return offered;
        });
        return new JobAccepted(offer, by.Name);
    }

    /// <summary>Finds and decides everything that is due for a job.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobRan> Run(Actor by, JobId id)
    {
        by.Require(Role.Operator);
        var news = await intake.TakeIn();
        var waited = store.Read(db => (JobBook.Get(db, id), DecisionTally.OfWaiting(db, id))).Item2;
        var runs = await runner.RunDue(id, "manual", by.Id);
        var again = Less(store.Read(db => DecisionTally.OfWaiting(db, id)), waited);
        var missed = runs.Count == 0 ? null : store.Read(db => Lag.BeforeItBegan(db, id, runs[0].Mode));
        return Ran(id, runs, again, missed) with { News = news };
    }

    /// <summary>Looks at what was received since an instant.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobRan> Backfill(Actor by, JobId id, Instant from)
    {
        by.Require(Role.Operator);
        if (from > time.Now()) throw new JobException("--from lies in the future.", RefusalCode.Invalid);
        var news = await intake.TakeIn();
        return Ran(id, [await runner.Backfill(id, from, by.Id)], [], null) with { News = news };
    }

    // Beside workers elsewhere nobody else takes this folder in; nothing is stored before it was agreed to.
    private Job? Here(JobId id) => intake.IsBesideWorkers ? intake.Read(id) : null;

    private JobOffer Offer(DbConnection db, JobId id, Job? here)
    {
        var booked = here is null ? JobBook.Get(db, id) : Booked(db, id, here);
        var job = here ?? book.Load(db, id, booked.Proposed);
        string? unreadable = null;
        var acting = booked.Active is { } active ? book.Find(db, id, active, out unreadable) : null;
        var changes = acting is null ? [] : JobDiff.Between(acting, job);
        var decided = DecisionTally.OfShadow(db, id, booked.Proposed)
            .Where(line => line.Amount is not null || line.Outcome == Outcome.Tell).ToList();
        var terms = new OfferTerms(
            job.Limits.DailyBudget, job.Limits.Approval?.Above, job.Rollout.Shadow, job.Pays);
        return new JobOffer(
            id, booked.Proposed, job.Description, booked.Active is null, changes, decided.Sum(line => line.Count),
            Money.Sums(decided.Select(line => line.Amount).OfType<Money>()), terms, unreadable, []);
    }

    private static BookedJob Booked(DbConnection db, JobId id, Job here)
    {
        var booked = JobBook.All(db).FirstOrDefault(known => known.Id == id)
            ?? new BookedJob(id, here.Version, null, here.Folder.Name, here.Owner, true, null);
        return booked.Active != here.Version
            ? booked with { Proposed = here.Version }
            : throw new JobException($"The version of {id} in {here.Folder.Name} acts already.");
    }

    private JobRan Ran(JobId id, IReadOnlyList<Run> runs, IReadOnlyList<DecisionTally> again, Lag? missed) =>
        store.Read(db =>
        {
            var booked = JobBook.Get(db, id);
            return new JobRan(
                id, [.. runs.Select(run => new RunDecided(run, DecisionTally.OfRun(db, run.Id)))], again, missed,
                JobStops.Of(db, id, time.Now()).FirstOrDefault(stop => stop.Kind == StopKind.Pause), booked.Waits,
                booked.Active is not null, []);
        });

    private static IReadOnlyList<DecisionTally> Less(
        IReadOnlyList<DecisionTally> all, IReadOnlyList<DecisionTally> known) =>
    [
        .. from line in all
           let before = known.FirstOrDefault(k =>
               k.Outcome == line.Outcome && k.Reason == line.Reason && k.Currency == line.Currency)
           where before is null || before.Count < line.Count
           select line with { Count = line.Count - (before?.Count ?? 0), Minor = line.Minor - (before?.Minor ?? 0) },
    ];
}
