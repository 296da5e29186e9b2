using System.Net.Sockets;
using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Notices;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Hosting;
using ProactiveCare.Worker.Http.Api;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli;

/// <summary>The context of one running verb: its arguments and its resources.</summary>
internal sealed class Session : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ParseResult parse;
    private readonly Caller caller;
    private readonly Instant? given;
    private Store? reading;
    private CareServices? care;
    private IMailTransport? mail;

    /// <exception cref="UsageException">The settings or <c>--now</c> are wrong.</exception>
    public Session(ParseResult parse, Caller caller, CancellationToken cancellation)
    {
        (this.parse, this.caller, Cancellation) = (parse, caller, cancellation);
        Settings = SettingsFile.Load(
            caller.WorkingDirectory, Get(GlobalOptions.Settings), Get(GlobalOptions.Data), Get(GlobalOptions.Jobs),
            caller.Environment);
        given = Get(GlobalOptions.Now) is { } now ? ParseNow(now) : null;
        Time = given is { } instant ? new StandingTime(instant) : caller.Clock;
    }

    public ProactiveCareSettings Settings { get; }

    public DataFolder Folder => Settings.Folder;

    public Terminal Terminal => caller.Terminal;

    public TimeProvider Time { get; }

    /// <summary>The present of the installation, which for a simulated one is its last event.</summary>
    public Instant Present => given is null && Store.Installation.Simulated && Read(AuditLog.LastAt) is { } last
        ? last
        : Time.Now();

    /// <summary>The stored versions of jobs.</summary>
    public JobBook Book { get; } = new(new JobLoader(ScheduleWords.CronError));

    /// <summary>The machine's clock, for progress and waiting.</summary>
    public TimeProvider Clock => caller.Clock;

    public Random Random => caller.Random;

    public string OsUser => caller.OsUser;

    public CancellationToken Cancellation { get; }

    /// <summary>Whether <c>--now</c> was given.</summary>
    public bool HasGivenTime => given is not null;

    /// <summary>The installation, opened for reading.</summary>
    public Store Store => reading ??= Allowed(Store.OpenReadOnly(Folder));

    /// <summary>Queries the installation, beside the worker that may hold it.</summary>
    public T Read<T>(Func<DbConnection, T> query) => Store.Read(query);

    /// <summary>The findings that a run of a job would have.</summary>
    public IReadOnlyList<Finding> Find(Job job, Run run) => JobRunner.Find(Store, job, run, Time, Settings.Sources);

    /// <summary>The end of a sentence about the worker: how it is started, unless it did the operation.</summary>
    public string WorkerStart { get; private set; } = ": proactive-care run";

    /// <summary>The company's time zone.</summary>
    public DateTimeZone Zone => Settings.Company.TimeZone;

    /// <summary>Whether the answer is JSON.</summary>
    public bool WantsJson => Get(GlobalOptions.Json);

    public T? Get<T>(Option<T> option) => parse.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>Executes an operation: in the worker while one holds the data folder, here otherwise. Waits while
    /// another command holds the folder, or while a starting worker holds it and does not listen yet.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="input">Its input.</param>
    /// <param name="file">Its file.</param>
    /// <exception cref="RefusedException">Refused here; a worker's refusal is a <see cref="WorkerException"/>.
    /// </exception>
    public async Task<TOut> Do<TIn, TOut>(Operation<TIn, TOut> operation, TIn input, Stream? file = null)
        where TIn : class where TOut : notnull
    {
        var client = new ApiClient(Folder, Clock)
        {
            Now = given?.Iso(), Jobs = Get(GlobalOptions.Jobs) is null ? null : Settings.Jobs,
        };
        var began = Clock.GetTimestamp();
        while (care is null)
        {
            if (await client.Connect(Cancellation) is { } socket)
            {
                WorkerStart = ".";
                return await client.Ask(socket, operation, input, file, Cancellation);
            }
            try
            {
                Open();
            }
            catch (StorageException) when (Folder.IsHeld() && Folder.Exists && Clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), Clock, Cancellation);
            }
        }
        // The batches of a file are committed while the next ones are read.
        if (operation.TakesFile) new PumpThread(care.Store).Start();
        try
        {
            var by = care.Store.Read(db => Permission.ActorOf(db, OsUser));
            return await operation.Does(new Asked(care, by, file ?? Stream.Null, Cancellation), input);
        }
        catch (RefusedException e) when (e.Code == RefusalCode.NotAllowed)
        {
            var why = $"{operation.Method} {operation.Route}: {e.Message}";
            await care.Store.Write(db => AuditLog.AppendRefusal(
                db, "command", new { who = OsUser, from = "terminal", why }, Time.Now()));
            throw;
        }
    }

    /// <summary>Opens a file of the caller; <c>-</c> is standard input.</summary>
    public Task<Input> OpenFile(string path) => caller.Open(path == "-" ? path : PathOf(path), Cancellation);

    /// <summary>Resolves a path relative to the caller's working directory.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, caller.WorkingDirectory);

    /// <summary>Prints the answer, as JSON if requested.</summary>
    public void Answer(object json, Action<Terminal> words)
    {
        if (WantsJson) Terminal.Out.WriteLine(Json.Of(json));
        else words(Terminal);
    }

    /// <summary>Reports changes read from the jobs folder, beside the answer.</summary>
    public void Announce(IReadOnlyList<string> news)
    {
        foreach (var line in news) Terminal.Complain(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (mail is not null) await mail.DisposeAsync();
        reading?.Dispose();
        care?.Store.Dispose();
    }

    private void Open()
    {
        var store = Store.Open(Folder, Time);
        mail = NoticeSection.Transport(Settings.Notices, Clock);
        care = new CareServices(store, Settings.Product, mail, Time, Random);
        Allowed(store);
    }

    private Store Allowed(Store store)
    {
        if (given is not null) Settings.RequireSimulated(store.Installation);
        return store;
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
}
