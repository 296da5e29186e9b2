using ProactiveCare.Access;
using ProactiveCare.Cases;
using ProactiveCare.Finance;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Payments;
using ProactiveCare.Telemetry;
using ProactiveCare.Worker.Http.Ingest;

namespace ProactiveCare.Worker.Http.Api;

internal sealed record NewUser(
    string Name, IReadOnlyList<string> Roles, string? OsUser = null, string? Email = null);

internal sealed record Named(string Name);

internal sealed record NewProducer(string Name, string Role = "producer");

internal sealed record NoInput;

internal sealed record SomeCredits(IReadOnlyList<CreditId> Credits);

internal sealed record SomeCreditsWhy(IReadOnlyList<CreditId> Credits, string Reason);

internal sealed record AnsweredCredits(
    IReadOnlyList<CreditId> Credits, bool Accepted, string? Reference = null, string? Reason = null);

internal sealed record SettledCredits(IReadOnlyList<CreditId> Credits, bool Paid, string Reason);

internal sealed record OneJob(JobId Job);

internal sealed record OneJobWhy(JobId Job, string Reason);

internal sealed record ResumeInput(JobId Job, string? Reason = null);

internal sealed record PauseInput(JobId Job, string Reason, Instant? Until = null, Duration? For = null);

internal sealed record AcceptInput(JobId Job, JobVersion Version);

internal sealed record BackfillInput(JobId Job, Instant From);

internal sealed record ResolveInput(IReadOnlyList<NoticeId> Notices, bool Arrived, string Reason);

internal sealed record RestoredInput(bool Begin);

internal sealed record ImportInput(string Kind, string File, string Source);

/// <summary>All operations of the API, each with its one route.</summary>
internal static class Operations
{
    private static readonly List<Operation> Listed = [];

    public static readonly Operation<NewUser, UserAdded> AddUser = Post<NewUser, UserAdded>(
        "users/add", (asked, user) =>
            asked.Care.Access.AddUser(asked.By, user.Name, user.OsUser, user.Email, user.Roles));

    public static readonly Operation<NewUser, UserAdded> SetUser = Post<NewUser, UserAdded>(
        "users/set", (asked, user) =>
            asked.Care.Access.SetUser(asked.By, user.Name, user.OsUser, user.Email, user.Roles));

    public static readonly Operation<Named, AccessEnded> DisableUser = Post<Named, AccessEnded>(
        "users/disable", (asked, user) => asked.Care.Access.DisableUser(asked.By, user.Name));

    public static readonly Operation<NewProducer, ProducerAdded> AddProducer = Post<NewProducer, ProducerAdded>(
        "producers/add", (asked, producer) =>
            asked.Care.Access.AddProducer(
                asked.By, producer.Name, producer.Role, ApiKeyCache.NewKey()));

    public static readonly Operation<Named, AccessEnded> DisableProducer = Post<Named, AccessEnded>(
        "producers/disable", (asked, producer) => asked.Care.Access.DisableProducer(asked.By, producer.Name));

    public static readonly Operation<ImportInput, ImportResult> ImportFile = List(
        new Operation<ImportInput, ImportResult>(HttpMethods.Post, Path("imports"), (asked, input) =>
            asked.Care.Imports.Run(asked.By, input.Kind, input.File, input.Source, asked.File, asked.Stop))
        {
            TakesFile = true,
        });

    public static readonly Operation<QuarantineFilter, QuarantineRetried> RetryQuarantined =
        Post<QuarantineFilter, QuarantineRetried>(
            "quarantine/retry", (asked, which) => asked.Care.Quarantine.Retry(asked.By, which, asked.Stop));

    public static readonly Operation<SomeCredits, IReadOnlyList<CreditDecided>> ApproveCredits =
        Post<SomeCredits, IReadOnlyList<CreditDecided>>(
            "credits/approve", (asked, some) => asked.Care.Credits.Approve(asked.By, some.Credits));

    public static readonly Operation<SomeCreditsWhy, IReadOnlyList<CreditDecided>> RejectCredits =
        Post<SomeCreditsWhy, IReadOnlyList<CreditDecided>>(
            "credits/reject", (asked, some) => asked.Care.Credits.Reject(asked.By, some.Credits, some.Reason));

    public static readonly Operation<SomeCreditsWhy, IReadOnlyList<CreditDecided>> ReverseCredits =
        Post<SomeCreditsWhy, IReadOnlyList<CreditDecided>>(
            "credits/reverse", (asked, some) => asked.Care.Credits.AskToUndo(asked.By, some.Credits, some.Reason));

    public static readonly Operation<SomeCredits, IReadOnlyList<CreditDecided>> ConfirmCredits =
        Post<SomeCredits, IReadOnlyList<CreditDecided>>(
            "credits/confirm", (asked, some) => asked.Care.Credits.ConfirmUndo(asked.By, some.Credits));

    public static readonly Operation<SomeCreditsWhy, IReadOnlyList<CreditDecided>> DeclineCredits =
        Post<SomeCreditsWhy, IReadOnlyList<CreditDecided>>(
            "credits/decline", (asked, some) => asked.Care.Credits.DeclineUndo(asked.By, some.Credits, some.Reason));

    public static readonly Operation<SomeCredits, IReadOnlyList<CreditDecided>> ConvertCredits =
        Post<SomeCredits, IReadOnlyList<CreditDecided>>(
            "credits/convert", (asked, some) => asked.Care.Credits.Convert(asked.By, some.Credits));

    public static readonly Operation<AnsweredCredits, IReadOnlyList<CreditDecided>> AnswerRefunds =
        Post<AnsweredCredits, IReadOnlyList<CreditDecided>>(
            "refunds/answer", (asked, some) => asked.Care.Credits.Answer(
                asked.By, some.Credits, some.Accepted, some.Reference, some.Reason));

    public static readonly Operation<SomeCredits, IReadOnlyList<CreditDecided>> RetryCredits =
        Post<SomeCredits, IReadOnlyList<CreditDecided>>(
            "credits/retry", (asked, some) => asked.Care.Credits.Retry(asked.By, some.Credits));

    public static readonly Operation<SettledCredits, IReadOnlyList<CreditDecided>> ResolveCredits =
        Post<SettledCredits, IReadOnlyList<CreditDecided>>(
            "credits/resolve", (asked, some) =>
                asked.Care.Credits.Resolve(asked.By, some.Credits, some.Paid, some.Reason));

    public static readonly Operation<OneJobWhy, AndonPulled> PullAndon = Post<OneJobWhy, AndonPulled>(
        "andon/pull", (asked, input) => asked.Care.Stops.PullAndon(asked.By, input.Job, input.Reason));

    public static readonly Operation<OneJobWhy, AndonReleased> ReleaseAndon = Post<OneJobWhy, AndonReleased>(
        "andon/release", (asked, input) => asked.Care.Stops.ReleaseAndon(asked.By, input.Job, input.Reason));

    public static readonly Operation<PauseInput, JobPaused> PauseJob = Post<PauseInput, JobPaused>(
        "jobs/pause", (asked, input) =>
            asked.Care.Stops.Pause(asked.By, input.Job, input.Reason, input.Until, input.For));

    public static readonly Operation<ResumeInput, JobPaused> ResumeJob = Post<ResumeInput, JobPaused>(
        "jobs/resume", (asked, input) => asked.Care.Stops.Resume(asked.By, input.Job, input.Reason));

    public static readonly Operation<NoInput, IReadOnlyList<string>> TakeInJobs =
        Post<NoInput, IReadOnlyList<string>>("jobs/take-in", (asked, _) => asked.Care.Jobs.TakeIn(asked.By));

    public static readonly Operation<OneJob, JobOffer> OfferJob = List(
        new Operation<OneJob, JobOffer>(
            HttpMethods.Get, Path("jobs/offer"), (asked, input) => asked.Care.Jobs.Offer(asked.By, input.Job)));

    public static readonly Operation<AcceptInput, JobAccepted> AcceptJob = Post<AcceptInput, JobAccepted>(
        "jobs/accept", (asked, input) => asked.Care.Jobs.Accept(asked.By, input.Job, input.Version));

    public static readonly Operation<OneJob, JobRan> RunJob = Post<OneJob, JobRan>(
        "jobs/run", (asked, input) => asked.Care.Jobs.Run(asked.By, input.Job));

    public static readonly Operation<BackfillInput, JobRan> BackfillJob = Post<BackfillInput, JobRan>(
        "jobs/backfill", (asked, input) => asked.Care.Jobs.Backfill(asked.By, input.Job, input.From));

    public static readonly Operation<ResolveInput, IReadOnlyList<NoticeResolved>> ResolveNotices =
        Post<ResolveInput, IReadOnlyList<NoticeResolved>>(
            "notices/resolve", (asked, input) =>
                asked.Care.Notices.Resolve(asked.By, input.Notices, input.Arrived, input.Reason));

    public static readonly Operation<NoInput, Delivered> DeliverNotices = Post<NoInput, Delivered>(
        "notices/deliver", (asked, _) => asked.Care.DeliverNow(asked.By, asked.Stop));

    public static readonly Operation<RestoredInput, RestoreReport> Restored = Post<RestoredInput, RestoreReport>(
        "db/restored", (asked, input) =>
            input.Begin ? asked.Care.Restores.Begin(asked.By) : asked.Care.Restores.Look(asked.By));

    /// <summary>All operations.</summary>
    public static IReadOnlyList<Operation> All => Listed;

    private static Operation<TIn, TOut> Post<TIn, TOut>(string route, Func<Asked, TIn, Task<TOut>> does)
        where TIn : class where TOut : notnull =>
        List(new Operation<TIn, TOut>(HttpMethods.Post, Path(route), does));

    private static Operation<TIn, TOut> List<TIn, TOut>(Operation<TIn, TOut> operation)
        where TIn : class where TOut : notnull
    {
        Listed.Add(operation);
        return operation;
    }

    private static string Path(string route) => "/api/v1/" + route;
}
