using System.CommandLine;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;

namespace ProactiveCare.Worker.Cli.Verbs;

internal static partial class JobCommands
{
    private static Verb Accept()
    {
        var job = JobArgument();
        var yes = new Option<bool>("--yes") { Description = "Accept without being asked." };
        var verb = new Verb(
            "accept", "Has the newest version of a job act, after showing what changed and what it would have cost.",
            "proactive-care jobs accept slow-video-stream")
        {
            job, yes,
        };
        return verb.Writes(Role.Operator, async session =>
        {
            var id = IdOf(session, job);
            // Beside workers elsewhere nobody else takes this folder in; nothing is stored before it was agreed to.
            var here = session.SharesWithWorkers ? session.Product.ReadJob(id) : null;
            var offer = session.Store.Read(db => Offer(db, id, here));
            if (!session.Get(yes))
            {
                Show(session.Terminal.Complain, offer);
                if (!await Confirmed(session, offer.Booked.Id)) return Failures.No;
            }
            var cost = new { offer.Cases, Amounts = offer.WouldGive.Select(amount => amount.ToString()) };
            // Somebody may have edited the folder since it was shown.
            await session.Store.Write(db =>
            {
                if (here is not null) Book().Propose(db, here, auto: false, session.Time.Now());
                var booked = JobBook.Get(db, id);
                if (booked.Proposed != offer.Booked.Proposed)
                    throw new UsageException($"{id} was edited just now; nothing was accepted.");
                // What changes nothing about money acts as soon as it is taken in.
                if (here is null || booked.Waits)
                    Book().Accept(db, id, session.Actor.Id, cost, session.Time.Now());
            });
            session.Answer(
                new
                {
                    job = offer.Booked.Id, version = offer.Booked.Proposed, acceptedBy = session.Actor.Name,
                    changes = offer.Changes, cases = offer.Cases, wouldHaveGiven = offer.WouldGive,
                },
                to =>
                {
                    if (session.Get(yes)) Show(to.Line, offer);
                    to.Line($"{session.Actor.Name} accepted {offer.Booked.Id}, version {offer.Booked.Proposed.Short}: "
                        + (offer.Job.Rollout.Shadow ? "it stays in shadow, as its folder says." : "it is live."));
                    to.Line("It begins with what arrives from now on; what came before is for: "
                        + $"proactive-care jobs backfill {offer.Booked.Id} --from INSTANT");
                    if (offer.Job.Pays) to.Line("Somebody else with the role finance decides about what it holds.");
                });
            return Failures.Done;
        });
    }

    private static Offered Offer(System.Data.Common.DbConnection db, JobId id, Job? here)
    {
        var (book, booked) = (Book(), Booked(db, id, here));
        var job = here ?? book.Load(db, id, booked.Proposed);
        string? unreadable = null;
        var acting = booked.Active is { } active ? book.Find(db, id, active, out unreadable) : null;
        var changes = acting is null ? [] : JobDiff.Between(acting, job);
        var decided = DecisionTally.OfShadow(db, id, booked.Proposed)
            .Where(line => line.Amount is not null || line.Outcome == Outcome.Tell);
        return new Offered(booked, job, changes, [.. decided]) { Unreadable = unreadable };
    }

    private static BookedJob Booked(System.Data.Common.DbConnection db, JobId id, Job? here)
    {
        if (here is null) return JobBook.Get(db, id);
        var booked = JobBook.All(db).FirstOrDefault(known => known.Id == id)
            ?? new BookedJob(id, here.Version, null, here.Folder.Name, here.Owner, true, null);
        return booked.Active != here.Version
            ? booked with { Proposed = here.Version }
            : throw new JobException($"The version of {id} in {here.Folder.Name} acts already.");
    }

    private static void Show(Action<string> line, Offered offer)
    {
        line($"{offer.Booked.Id}: {offer.Job.Description}");
        if (offer.Booked.Active is null)
        {
            line("  No version of it acts yet.");
            line($"  budget a day  {Phrases.Sums(offer.Job.Limits.DailyBudget)}");
            if (offer.Job.Limits.Approval is { } approval)
                line($"  finance asked above  {Phrases.Sums(approval.Above)}");
        }
        else if (offer.Unreadable is { } unreadable)
            line($"  The changes are not known. {unreadable}");
        else
        {
            line(offer.Changes.Count == 0
                ? "  Nothing that means anything changed since the version that acts."
                : "  Changed since the version that acts:");
        }
        foreach (var change in offer.Changes) line($"    {change}{(change.ChangesMoney ? "    (money)" : "")}");
        line(offer.Cases == 0
            ? "  In shadow it has found nothing yet, so what it costs is not known."
            : $"  In shadow it would have helped in {Phrases.Count(offer.Cases, "case")}, "
                + $"giving {Phrases.Sums(offer.WouldGive)}.");
    }

    private static async Task<bool> Confirmed(Session session, JobId id)
    {
        if (!session.Terminal.Traits.Interactive)
        {
            throw new UsageException(
                $"Nothing was accepted. Without a terminal to ask at, say so: proactive-care jobs accept {id} --yes");
        }
        session.Terminal.Error.Write("Accept it? [y/N] ");
        session.Terminal.Error.Flush();
        var input = await session.Open("-");
        using var reader = new StreamReader(input.Content);
        var answer = await reader.ReadLineAsync(session.Cancellation) ?? "";
        if (answer.Trim().ToLowerInvariant() is "y" or "yes") return true;
        session.Terminal.Complain("Nothing was accepted.");
        return false;
    }

    private sealed record Offered(
        BookedJob Booked, Job Job, IReadOnlyList<JobChange> Changes, IReadOnlyList<DecisionTally> Shadow)
    {
        /// <summary>Why the version that acts cannot be read; null when it can.</summary>
        public string? Unreadable { get; init; }

        public long Cases => Shadow.Sum(line => line.Count);

        public IReadOnlyList<Money> WouldGive =>
        [
            .. Shadow.Where(line => line.Amount is not null).GroupBy(line => line.Currency!.Value)
                .Select(group => new Money(group.Sum(line => line.Minor), group.Key)),
        ];
    }
}
