using System.Text;
using NodaTime;
using ProactiveCare.Audit;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Notices;
using ProactiveCare.Storage;
using ProactiveCare.Tests.Storage.PostgreSql;
using ProactiveCare.Worker;

namespace ProactiveCare.Tests.Detection;

/// <summary>A job on an external database: it is queried in windows of time and returns findings only.</summary>
public sealed class ExternalSourceTests : IDisposable
{
    private const string Yaml =
        """
        id: warehouse
        description: A sample.
        owner: team@example.com
        entitlement: goodwill
        schedule: { cron: 0 0/5 * * * ?, timeZone: UTC, catchUp: 6h, expectEvery: 15m }
        detect:
          sql: detect.sql
          source: warehouse
          settle: 5m
          look: 1d
          parameters: { stalled: 60 }
          rowCap: 50
          timeout: 1s
        remedy: { notice: only }
        notice: { topic: playback, urgency: normal }
        rollout: { mode: live }

        """;

    private const string Sql =
        """
        SELECT 'viewing:' || session_id AS subject, customer AS customer_id, 'viewing:' || session_id AS service_event,
          ended AS occurred_at, title, stalled, device ->> 'kind' AS device
        FROM playback
        WHERE ended > to_timestamp(@since / 1000.0) AND ended <= to_timestamp(@settled / 1000.0)
          AND stalled >= @stalled
        """;

    private readonly Installed here = new("2026-03-14T12:00:00Z");
    private readonly PostgresHouse? warehouse = PostgresHouse.Given is null ? null : new PostgresHouse();
    private readonly JobBook book = new(new JobLoader(ScheduleWords.CronError));
    private string account = "";
    private Job? job;

    public void Dispose()
    {
        here.Dispose();
        warehouse?.Dispose();
    }

    [Fact]
    public async Task Late_commit_is_found_by_the_next_run_as_one_case()
    {
        Start();
        Played("early", "12:10");
        Assert.Equal((1, 1), await Run("12:30"));
        Played("late", "12:24");
        Played("unsettled", "12:34");
        Assert.Equal((1, 1), await Run("12:35"));
        Assert.Equal((1, 0), await Run("12:36"));
        Assert.Equal((2, 1), await Run("12:45"));
        var cases = here.Read(db => CareCases.List(db, new CaseFilter(new JobId("warehouse"))));
        Assert.Equal(
            ["viewing:early", "viewing:late", "viewing:unsettled"], cases.Select(c => c.Finding.Subject).Order());
        var late = cases.Single(c => c.Finding.Subject == "viewing:late").Finding;
        Assert.Equal(Time.Parse("2026-03-14T12:24:00Z"), late.OccurredAt);
        Assert.Equal("""{"title":"Arrival","stalled":90.5,"device":"tv"}""", late.Evidence);
    }

    [Fact]
    public async Task Unavailable_source_fails_the_run_and_the_next_window_covers_the_gap()
    {
        Start();
        Assert.Equal((0, 0), await Run("12:05"));
        Played("meanwhile", "12:20");
        warehouse!.Open(false);
        var failed = Assert.Single(await RunAll("12:30"));
        Assert.Equal(RunState.Failed, failed.State);
        Assert.Contains("The source warehouse cannot be reached", failed.Error);
        var alarm = Assert.Single(Watch(), a => a.Kind == "run-failed");
        Assert.Contains("warehouse cannot be reached", alarm.Message);
        warehouse.Open(true);
        Assert.Equal((1, 1), await Run("15:30"));
        Assert.Empty(Watch());
    }

    [Fact]
    public async Task Window_of_a_clock_that_was_ahead_leaves_nothing_out()
    {
        Start();
        await Run("12:05");
        Assert.Equal((0, 0), await Run("17:00"));
        Played("meanwhile", "12:20");
        Assert.Equal((1, 1), await Run("12:50"));
        Assert.Contains(Watch(), alarm => alarm.Kind == "clock-wrong");
    }

    [Fact]
    public async Task Rows_outside_catchUp_are_reported_and_found_by_a_backfill()
    {
        Start();
        await Run("12:05");
        Played("lost", "12:20");
        Played("recent", "18:00");
        Assert.Equal((1, 1), await Run("23:00"));
        var alarm = Assert.Single(Watch());
        Assert.Equal("window-left-out", alarm.Kind);
        Assert.Contains("2026-03-14T12:05:00Z", alarm.Message);
        var run = await Runner().Backfill(
            new JobId("warehouse"), Time.Parse("2026-03-14T12:05:00Z"),
            here.Write(db => Actors.System(db, here.Clock.Now())));
        Assert.Equal((2, 1), (run.Found, run.NewCases));
        await Run("23:05");
        Assert.Empty(Watch());
    }

    [Theory]
    [InlineData("SELECT pg_sleep(30)", "interrupted after 1 s (timeout)")]
    [InlineData(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "more than 50 rows (rowCap)")]
    [InlineData("SELECT write_it()", "The statement writes")]
    [InlineData("DELETE FROM playback", "more than read")]
    [InlineData("WITH x AS (DELETE FROM playback RETURNING 1) SELECT * FROM x", "not right")]
    [InlineData("SELECT secret FROM hidden", "permission denied")]
    [InlineData("SELECT 1 WHERE @other = 1", "neither one of @now @since @settled")]
    public void Statement_beyond_its_bounds_is_refused(string sql, string word)
    {
        Start();
        var detector = (SqlDetector)job!.Detect with { Sql = sql, RowCap = 50 };
        var detection = new SqlDetection(here.Folder, Reached(), TimeProvider.System);
        var problems = string.Join('\n', detection.Check(detector).Where(p => !p.Contains("returns no column")));
        if (problems.Length == 0)
        {
            detector = detector with
            {
                Sql = $"SELECT 's' AS subject, 'c' AS customer_id, 'e' AS service_event, 1 AS occurred_at, q.* "
                    + $"FROM ({sql}) AS q",
            };
            var run = here.Read(db => Runs.Planned(db, job, Mode.Live, "manual", here.Clock.Now()));
            problems = Assert.Throws<QueryException>(() => detection.Find(detector, run)).Message;
        }
        Assert.Contains(word, problems);
        Assert.Equal(0L, warehouse!.One("SELECT count(*) FROM playback"));
    }

    [Fact]
    public void Source_missing_from_the_settings_is_reported()
    {
        var problems = new SqlDetection(here.Folder, Sources.None, TimeProvider.System)
            .Check((SqlDetector)Load().Job!.Detect);
        Assert.Contains("The settings name no source warehouse", Assert.Single(problems));
    }

    [Theory]
    [InlineData("@since", "@after", "arrival number")]
    [InlineData("@since", "@other", "neither in detect.parameters")]
    public void Names_reserved_for_arrivals_are_refused(string from, string to, string word) =>
        Assert.Contains(word, Assert.Single(Load(Sql.Replace(from, to)).Problems).Message);

    [Theory]
    [InlineData("detect.postgresql.sql", "SELECT 1 WHERE @stalled = 1", "is never asked")]
    [InlineData("examples.yaml", "examples:\n- { name: a, at: 2026-03-14T12:00:00Z, given: {}, expect: {} }\n",
        "cannot be run")]
    public void Files_without_effect_are_refused(string file, string text, string word) =>
        Assert.Contains(word, Assert.Single(Load(Sql, (file, text)).Problems).Message);

    private static JobLoad Load(string sql = Sql, params (string Name, string Text)[] more)
    {
        var files = new Dictionary<string, byte[]>
        {
            ["job.yaml"] = Encoding.UTF8.GetBytes(Yaml),
            ["detect.sql"] = Encoding.UTF8.GetBytes(sql),
            ["notice.en.md"] = "Subject: a\n\nb\n"u8.ToArray(),
        };
        foreach (var (name, text) in more) files[name] = Encoding.UTF8.GetBytes(text);
        return new JobLoader(ScheduleWords.CronError).Load(new JobFolder("warehouse", files));
    }

    private void Start()
    {
        Assert.SkipWhen(warehouse is null, PostgresHouse.Needs);
        var reader = "r" + Guid.NewGuid().ToString("n");
        warehouse!.Execute(
            "CREATE SCHEMA AUTHORIZATION CURRENT_USER",
            "CREATE TABLE playback (session_id text, customer text, title varchar(80), ended timestamptz, "
            + "stalled numeric(9,1), device jsonb)",
            "CREATE TABLE hidden (secret text)",
            "CREATE FUNCTION write_it() RETURNS int LANGUAGE sql AS 'INSERT INTO playback (title) VALUES (NULL) "
            + "RETURNING 1'",
            $"CREATE ROLE {reader} LOGIN PASSWORD 'reader'",
            $"GRANT INSERT, SELECT, DELETE ON playback TO {reader}",
            $"DO $$BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO {reader}', current_user); "
            + $"EXECUTE format('ALTER ROLE {reader} SET search_path = %I', current_user); END$$");
        account = warehouse.Of("", reader, "reader");
        var load = Load();
        job = load.Job;
        here.Write(db => book.Propose(db, [load], auto: true, here.Clock.Now()));
    }

    private void Played(string session, string ended) => warehouse!.Execute(
        $$"""
        INSERT INTO playback
        VALUES ('{{session}}', 'ada', 'Arrival', '2026-03-14T{{ended}}:00Z', 90.5, '{"kind": "tv"}')
        """);

    private Sources Reached() => new([new ExternalSource("warehouse", account, Duration.FromMinutes(10))]);

    private JobRunner Runner() =>
        new(here.Store, book, new CaseDesk(Notices), here.Clock, Reached());

    private async Task<IReadOnlyList<Run>> RunAll(string at)
    {
        here.Clock.Set($"2026-03-14T{at}:00Z");
        return await Runner().RunDue(new JobId("warehouse"), "schedule");
    }

    private async Task<(long Found, long New)> Run(string at)
    {
        var run = Assert.Single(await RunAll(at));
        Assert.Null(run.Error);
        return (run.Found, run.NewCases);
    }

    private IReadOnlyList<Alarm> Watch()
    {
        here.Write(db => Alarms.Watch(
            db, job!.Id, new ScheduledJob(job, Mode.Live), null, ScheduleWords.Rules, here.Clock.Now()));
        return here.Read(Alarms.Open);
    }

    private static NoticeSettings Notices => new()
    {
        From = EmailAddress.Parse("care@company.example"),
        ReplyTo = EmailAddress.Parse("people@company.example"),
        Company = "Example Films",
        Domain = "company.example",
        TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
    };
}
