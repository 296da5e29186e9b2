using System.Collections.Concurrent;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>A version of a job that can be accepted, with everything to know before.</summary>
/// <param name="Job">The job.</param>
/// <param name="Version">The version; accepting names it.</param>
/// <param name="Description">The purpose of the job.</param>
/// <param name="IsFirst">Whether no version of it acts yet.</param>
/// <param name="Changes">The changes since the version that acts.</param>
/// <param name="Cases">The number of cases that it would have helped in shadow.</param>
/// <param name="WouldHaveGiven">The sum that it would have given in them, by currency.</param>
/// <param name="Terms">The limits of the version.</param>
/// <param name="Unreadable">Why the version that acts cannot be read; null when it can.</param>
/// <param name="News">Changes read from the folders.</param>
public sealed record JobOffer(
    JobId Job, JobVersion Version, string Description, bool IsFirst, IReadOnlyList<JobChange> Changes, long Cases,
    IReadOnlyList<Money> WouldHaveGiven, OfferTerms Terms, string? Unreadable, IReadOnlyList<string> News)
{
    /// <summary>The errors of the version; a version with errors is not accepted.</summary>
    public IReadOnlyList<JobProblem> Problems { get; init; } = [];

    /// <summary>Allowed values that are probably a mistake.</summary>
    public IReadOnlyList<JobProblem> Notes { get; init; } = [];
}

/// <summary>The limits of a version.</summary>
/// <param name="DailyBudget">The most that it may give in a day.</param>
/// <param name="ApprovalAbove">The amount above which finance approves; null when it never does.</param>
/// <param name="Shadow">Whether it stays in shadow.</param>
/// <param name="Pays">Whether it gives money.</param>
public sealed record OfferTerms(
    IReadOnlyList<Money> DailyBudget, IReadOnlyList<Money>? ApprovalAbove, bool Shadow, bool Pays);

/// <summary>A version that acts from now on.</summary>
public sealed record JobAccepted(JobOffer Offer, string AcceptedBy);

/// <summary>A run and its decisions.</summary>
public sealed record RunDecided(Run Run, IReadOnlyList<DecisionTally> Decisions);

/// <summary>The result of running a job.</summary>
/// <param name="Job">The job.</param>
/// <param name="Runs">The runs; none when it is paused.</param>
/// <param name="DecidedAgain">The new decisions of cases that had waited.</param>
/// <param name="ArrivedBefore">Data that arrived before the job began, and was not processed.</param>
/// <param name="Pause">The pause that keeps it from running.</param>
/// <param name="Waits">Whether its newest version waits for acceptance.</param>
/// <param name="Acts">Whether a version of it acts.</param>
/// <param name="News">Changes read from the folders.</param>
public sealed record JobRan(
    JobId Job, IReadOnlyList<RunDecided> Runs, IReadOnlyList<DecisionTally> DecidedAgain, Lag? ArrivedBefore,
    JobStop? Pause, bool Waits, bool Acts, IReadOnlyList<string> News);

/// <summary>Operators' actions on jobs: accepting versions and running them.</summary>
public sealed class JobOperations(Store store, JobBook book, JobIntake intake, JobRunner runner, TimeProvider time)
{
    private readonly ConcurrentDictionary<JobVersion, JobChecked> passed = new();

    /// <summary>Checks a version, its examples included.</summary>
    public required Func<JobFolder, Task<JobChecked>> Check { get; init; }

    /// <summary>Stores changes of the job folders.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public Task<IReadOnlyList<string>> TakeIn(Actor by)
    {
        by.Require(Role.Operator);
        return intake.TakeIn();
    }

    /// <summary>The version that accepting a job would activate.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobOffer> Offer(Actor by, JobId id)
    {
        by.Require(Role.Operator);
        var news = await intake.TakeIn();
        var (offer, check) = await Checked(id, Here(id));
        return offer with { News = news, Problems = check.Problems, Notes = check.Notes };
    }

    /// <summary>Activates an offered version.</summary>
    /// <exception cref="RefusedException">Refused; with <see cref="RefusalCode.Conflict"/> when the job was edited
    /// since it was offered, with <see cref="RefusalCode.Invalid"/> when its check or an example fails.</exception>
    public async Task<JobAccepted> Accept(Actor by, JobId id, JobVersion version)
    {
        by.Require(Role.Operator);
        // The offered version is stored, or in this node's folder when other nodes run the workers.
        await intake.TakeIn();
        var here = Here(id);
        var (_, check) = await Checked(id, here);
        if (check.Load.Folder.Version == version && check.Problems.Count > 0)
        {
            throw new JobException(
                $"Version {version.Short} of {id} is not accepted, because its check fails:\n"
                + string.Join('\n', check.Problems.Select(problem => $"  {problem}")),
                RefusalCode.Invalid);
        }
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
            // A version that changes nothing about money acts as soon as it is stored.
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

    /// <summary>Processes data received since an instant.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<JobRan> Backfill(Actor by, JobId id, Instant from)
    {
        by.Require(Role.Operator);
        if (from > time.Now()) throw new JobException("--from lies in the future.", RefusalCode.Invalid);
        var news = await intake.TakeIn();
        return Ran(id, [await runner.Backfill(id, from, by.Id)], [], null) with { News = news };
    }

    private async Task<(JobOffer Offer, JobChecked Check)> Checked(JobId id, Job? here)
    {
        var (offer, folder) = store.Read(db =>
        {
            var offered = Offer(db, id, here);
            return (offered, (here ?? book.Load(db, id, offered.Version)).Folder);
        });
        if (passed.TryGetValue(folder.Version, out var known)) return (offer, known);
        var check = await Check(folder);
        if (check.Problems.Count == 0) passed.TryAdd(folder.Version, check);
        return (offer, check);
    }

    // Remote workers do not store this folder; nothing is stored before it was accepted.
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
