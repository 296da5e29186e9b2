using System.CommandLine;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Notices;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli;

/// <summary>One verb at work: what it was given, and what it may use.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly Verb verb;
    private readonly ParseResult parse;
    private readonly Caller caller;
    private readonly Instant? given;
    private Store? opened;
    private Actor? actor;
    private CareServices? product;
    private IMailTransport? mail;

    /// <exception cref="UsageException">The settings or <c>--now</c> are wrong.</exception>
    public Session(Verb verb, ParseResult parse, Caller caller, CancellationToken cancellation)
    {
        (this.verb, this.parse, this.caller, Cancellation) = (verb, parse, caller, cancellation);
        Settings = caller.Hosted?.Settings ?? SettingsFile.Load(
            caller.WorkingDirectory, Get(GlobalOptions.Settings), Get(GlobalOptions.Data), Get(GlobalOptions.Jobs));
        given = Get(GlobalOptions.Now) is { } now ? ParseNow(now) : null;
        Time = given is { } instant ? new StandingTime(instant) : caller.Clock;
    }

    public ProactiveCareSettings Settings { get; }

    public DataFolder Folder => Settings.Folder;

    public Terminal Terminal => caller.Terminal;

    public TimeProvider Time { get; }

    /// <summary>The clock of the machine, for progress and waiting.</summary>
    public TimeProvider Clock => caller.Clock;

    public Random Random => caller.Random;

    public string OsUser => caller.OsUser;

    public CancellationToken Cancellation { get; }

    /// <summary>Whether an instant was given to act at.</summary>
    public bool HasGivenTime => given is not null;

    /// <summary>The installation: for writing when the verb writes, for reading otherwise.</summary>
    public Store Store =>
        caller.Hosted?.Store ?? (opened ??= verb.IsWrite ? Store.Open(Folder, Time) : Store.OpenReadOnly(Folder));

    /// <summary>Whether workers elsewhere may be at work in the same database, with settings and jobs of their
    /// own.</summary>
    public bool SharesWithWorkers => caller.Hosted is null && Store.IsShared;

    /// <summary>The features put together, at the session's time.</summary>
    public CareServices Product => caller.Hosted is { } hosted && !HasGivenTime
        ? hosted.Product
        : product ??= new CareServices(
            Store, Settings.Product, mail = NoticeSection.Transport(Settings.Notices, Clock), Time, Random);

    /// <summary>The user on whose behalf the verb acts; has one of the verb's roles.</summary>
    public Actor Actor => actor ??= Store.Read(db => Users.Require(db, caller.OsUser, verb.Roles));

    /// <summary>Whether a program reads the answer.</summary>
    public bool WantsJson => Get(GlobalOptions.Json);

    public T? Get<T>(Option<T> option) => parse.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>Refuses what must not begin: a given time in a real installation, a user without the role.</summary>
    public void Begin()
    {
        if (given is not null && verb.Name != "init") RequireSimulated();
        if (verb.IsWrite) _ = Actor;
    }

    /// <summary>Has writes committed beside what goes on here, as in the worker.</summary>
    public void CommitBeside()
    {
        if (caller.Hosted is null) new PumpThread(Store).Start();
    }

    /// <summary>Opens a file of the one who asks; <c>-</c> is standard input.</summary>
    public Task<Input> Open(string path) => caller.Open(path == "-" ? path : PathOf(path), Cancellation);

    /// <summary>A path as the one who asks means it.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, caller.WorkingDirectory);

    /// <summary>Answers in JSON when that was asked for, and in words otherwise.</summary>
    public void Answer(object json, Action<Terminal> words)
    {
        if (WantsJson) Terminal.Out.WriteLine(Json.Of(json));
        else words(Terminal);
    }

    public async ValueTask DisposeAsync()
    {
        if (mail is not null) await mail.DisposeAsync();
        opened?.Dispose();
    }

    private static Instant ParseNow(string text)
    {
        try
        {
            return ProactiveCare.Time.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--now {e.Message}");
        }
    }

    private void RequireSimulated()
    {
        if (!Store.Installation.Simulated)
        {
            throw new UsageException(
                $"--now works only in a data folder made with 'db init --simulated'; {Settings.Place} is a real one, "
                + "where everything happens at the time it happens.");
        }
    }
}
