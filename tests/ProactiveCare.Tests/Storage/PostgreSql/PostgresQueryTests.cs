using NodaTime;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Tests.Storage.PostgreSql;

public sealed class PostgresQueryTests : IDisposable
{
    private static readonly Dictionary<string, IReadOnlySet<string>> Readable = new()
    {
        ["purchase"] = new HashSet<string>(["purchase_id", "amount_minor"], StringComparer.OrdinalIgnoreCase),
    };

    private readonly PostgresHouse? here = PostgresHouse.Given is null ? null : new PostgresHouse();

    public void Dispose() => here?.Dispose();

    [Fact]
    public void Select_within_its_bounds_is_answered_with_its_parameters()
    {
        Start();
        using var query = Of(
            "SELECT purchase_id, @word AS word FROM purchase WHERE amount_minor >= @least AND @share < 1 ORDER BY 1;",
            ("word", "a"), ("share", 0.5));
        var found = new List<string>();
        query.Run(
            new Dictionary<string, object> { ["least"] = 2L, ["word"] = "it's", ["share"] = 0.05, ["unused"] = 9L },
            row => found.Add($"{row[0]} {row[1]}"));
        Assert.Equal(["p2 it's", "p3 it's"], found);
        Assert.Equal(["word", "least", "share"], query.Parameters);
        Assert.Equal(["purchase_id", "word"], query.Columns);
    }

    [Theory]
    [InlineData("SELECT email FROM customer", "customer")]
    [InlineData("SELECT email FROM care.customer", "permission denied")]
    [InlineData("SELECT payment_ref FROM purchase", "payment_ref")]
    [InlineData("SELECT amount_minor FROM care.credit", "permission denied")]
    [InlineData("SELECT address FROM care.notice", "permission denied")]
    [InlineData("SELECT key_hash FROM care.producer_key", "permission denied")]
    [InlineData("SELECT password FROM care_detection.login", "permission denied")]
    [InlineData("SELECT rolpassword FROM pg_authid", "permission denied")]
    [InlineData("SELECT 1 FROM purchase FOR UPDATE", "permission denied")]
    [InlineData("DELETE FROM purchase", "more than read")]
    [InlineData("INSERT INTO purchase VALUES ('x')", "more than read")]
    [InlineData("UPDATE purchase SET amount_minor = 0", "more than read")]
    [InlineData("CREATE TABLE x (a int)", "more than read")]
    [InlineData("COPY purchase TO STDOUT", "more than read")]
    [InlineData("COPY purchase TO PROGRAM 'sh'", "more than read")]
    [InlineData("WITH x AS (DELETE FROM purchase RETURNING 1) SELECT * FROM x", "not right")]
    [InlineData("SELECT 1 AS a INTO gone", "not right")]
    [InlineData("SELECT 1; DELETE FROM purchase", "more than one statement")]
    [InlineData("SELECT 1) AS a; DELETE FROM care.purchase; SELECT * FROM (SELECT 1", "more than one statement")]
    [InlineData("SELECT set_config('role', 'postgres', true)", "set_config()")]
    [InlineData("SELECT query_to_xml('SELECT * FROM care.customer', true, true, '')", "query_to_xml()")]
    [InlineData("SELECT table_to_xml('care.customer', true, true, '')", "permission denied")]
    [InlineData("SELECT * FROM dblink('dbname=x', 'SELECT 1') AS t(a int)", "dblink")]
    [InlineData("SELECT pg_read_file('/etc/passwd')", "pg_read_file()")]
    [InlineData("SELECT lo_import('/etc/passwd')", "lo_import()")]
    [InlineData("SELECT lo_from_bytea(0, 'x')", "lo_from_bytea()")]
    [InlineData("SELECT pg_sleep(1)", "pg_sleep()")]
    [InlineData("SELECT pg_advisory_lock(1)", "pg_advisory_lock()")]
    [InlineData("SELECT pg_try_advisory_xact_lock_shared(1)", "advisory")]
    [InlineData("SELECT pg_notify('a', 'b')", "pg_notify()")]
    [InlineData("SELECT nextval('care.numbers')", "nextval()")]
    [InlineData("SELECT random()", "random()")]
    [InlineData("SELECT pg_terminate_backend(1)", "pg_terminate_backend()")]
    [InlineData("SELECT ts_stat('SELECT 1')", "ts_stat()")]
    [InlineData("SELEC 1", "more than read")]
    [InlineData("SELECT FROM WHERE", "not right")]
    [InlineData("SELECT purchase_id FROM purchase WHERE amount_minor = $1", "@name")]
    public void Other_statements_are_refused_with_the_reason(string sql, string word)
    {
        Start();
        Assert.Contains(word, Refused(sql));
        Assert.Equal(3L, here!.One("SELECT count(*) FROM care.purchase"));
    }

    [Fact]
    public void Role_by_itself_forbids_anything_more()
    {
        Start();
        using (Of("SELECT 1 AS a")) { }
        var login = DetectionRole.Login(here!.Server, Readable);
        foreach (var sql in new[]
        {
            "DELETE FROM care_detection.purchase", "CREATE TABLE care_detection.x (a int)", "SET ROLE postgres",
            "SELECT query_to_xml('SELECT email FROM care.customer', true, true, '')", "CREATE ROLE x",
            "SELECT nextval('care.numbers')", "SELECT password FROM care_detection.login", "CREATE SCHEMA x",
        })
        {
            Assert.Equal("42501", Assert.Throws<Npgsql.PostgresException>(() => here.One(sql, login)).SqlState);
        }
        Assert.DoesNotContain(
            here.One("SELECT role FROM care_detection.login")!.ToString()!, here.Server.ConnectionString);
    }

    [Theory]
    [InlineData("WITH RECURSIVE n(i) AS (SELECT 1::bigint UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS a FROM n")]
    [InlineData("SELECT count(*) AS a FROM generate_series(1, 1000000000000)")]
    public void Endless_statement_is_interrupted(string sql)
    {
        Start();
        using var query = ContainedQuery.Open(
            here!.Folder, sql, new Containment(Readable, 10, Duration.FromMilliseconds(300)), TimeProvider.System);
        var refused = Assert.Throws<QueryException>(() => query.Run(new Dictionary<string, object>(), _ => { }));
        Assert.Contains("interrupted after 0.3 s", refused.Message);
    }

    [Fact]
    public void Rows_over_the_cap_are_an_error_and_the_rest_is_not_read()
    {
        Start();
        using var query = ContainedQuery.Open(
            here!.Folder, "SELECT generate_series(1, 1000000000000)",
            new Containment(Readable, 2, Duration.FromMinutes(9)), TimeProvider.System);
        var rows = 0;
        var refused = Assert.Throws<QueryException>(() => query.Run(new Dictionary<string, object>(), _ => rows++));
        Assert.Contains("more than 2 rows", refused.Message);
        Assert.Equal(2, rows);
    }

    [Fact]
    public void Oversized_value_is_refused()
    {
        Start();
        using var query = Of("SELECT repeat('a', 10000000) AS a");
        Assert.Contains("too big", Assert.Throws<QueryException>(
            () => query.Run(new Dictionary<string, object>(), _ => { })).Message);
    }

    [Theory]
    [InlineData("true", 1L)]
    [InlineData("2::smallint", 2L)]
    [InlineData("3", 3L)]
    [InlineData("9007199254740993", 9007199254740993L)]
    [InlineData("4.0", 4L)]
    [InlineData("1e30", 1e30)]
    [InlineData("4.25", 4.25)]
    [InlineData("0.1::real", 0.1)]
    [InlineData("0.1::double precision", 0.1)]
    [InlineData("'x'::varchar(9)", "x")]
    [InlineData("NULL::bigint", null)]
    [InlineData("timestamptz '2026-01-02 03:04:05.678+01'", 1767319445678L)]
    [InlineData("timestamp '2026-01-02 03:04:05'", "2026-01-02 03:04:05")]
    [InlineData("date '2026-01-02'", "2026-01-02")]
    [InlineData("'{\"a\": 1}'::jsonb", "{\"a\": 1}")]
    [InlineData("ARRAY[1,2]", "{1,2}")]
    [InlineData("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]
    [InlineData("round(2.345::double precision, 2)", 2.35)]
    [InlineData("date(86400, 'unixepoch')", "1970-01-02")]
    [InlineData("sum(x::bigint) FROM (VALUES (1), (2)) AS v(x)", 3L)]
    public void Every_type_maps_to_one_of_a_few(string value, object? expected)
    {
        Start();
        using var query = Of("SELECT " + value);
        object? found = "none";
        query.Run(new Dictionary<string, object>(), row => found = row[0]);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Owner_without_the_right_to_make_roles_gets_the_statement_to_run()
    {
        Start();
        using var poor = new PostgresHouse(mayMakeRoles: false);
        var told = Assert.Throws<StorageException>(() => ContainedQuery.Prepare(poor.Folder, Readable)).Message;
        var statements = told.Split('\n')[^2..];
        Assert.StartsWith("CREATE ROLE care_detect_", statements[0]);
        Assert.StartsWith("ALTER ROLE care_detect_", statements[1]);
        Assert.DoesNotContain((string)poor.One("SELECT password FROM care_detection.login")!, told);
        Assert.Equal(told, Assert.Throws<QueryException>(() => ContainedQuery.Open(
            poor.Folder, "SELECT 1", Bounds(), TimeProvider.System)).Message);
        poor.Super(statements);
        using var query = ContainedQuery.Open(
            poor.Folder, "SELECT current_setting('temp_file_limit'), count(*) FROM purchase", Bounds(),
            TimeProvider.System);
        var found = new List<object?>();
        query.Run(new Dictionary<string, object>(), found.AddRange);
        Assert.Equal(["2GB", 0L], found);
    }

    [Fact]
    public void Role_with_further_rights_is_not_used()
    {
        Start();
        using (Of("SELECT 1 AS a")) { }
        var role = here!.One("SELECT role FROM care_detection.login");
        here.Super($"GRANT pg_read_all_data TO {role}");
        Assert.Contains("may do more than read", Refused("SELECT 1 AS a"));
    }

    [Fact]
    public void Readable_columns_follow_the_program()
    {
        Start();
        using (Of("SELECT purchase_id FROM purchase")) { }
        var other = new Dictionary<string, IReadOnlySet<string>>
        {
            ["purchase"] = new HashSet<string>(["currency"]),
            ["session"] = new HashSet<string>(["arrival", "title"]),
        };
        using (var query = ContainedQuery.Open(
            here!.Folder, "SELECT currency FROM purchase CROSS JOIN (SELECT count(*) FROM session) AS s",
            new Containment(other, 9, Duration.FromSeconds(9)), TimeProvider.System))
        {
            query.Run(new Dictionary<string, object>(), row => Assert.Equal("USD", row[0]));
        }
        Assert.Contains("does not exist", Assert.Throws<QueryException>(() => ContainedQuery.Open(
            here.Folder, "SELECT purchase_id FROM purchase",
            new Containment(other, 9, Duration.FromSeconds(9)), TimeProvider.System)).Message);
    }

    [Fact]
    public void Grants_of_a_newer_version_stay_while_older_ones_run()
    {
        Start();
        Dictionary<string, IReadOnlySet<string>> Reads(string columns) =>
            new() { ["purchase"] = new HashSet<string>(columns.Split(' ')) };
        DetectionRole.Login(here!.Server, Reads("purchase_id currency"), 801);
        DetectionRole.Login(here.Server, Reads("purchase_id currency title"), 801);
        DetectionRole.Login(here.Server, Reads("purchase_id currency"), 801);
        Assert.Equal("currency,purchase_id,title", Columns());
        // A step of the schema revokes one, and an older version that does not need it keeps that.
        DetectionRole.Login(here.Server, Reads("purchase_id title"), 802);
        DetectionRole.Login(here.Server, Reads("purchase_id"), 801);
        Assert.Equal("purchase_id,title", Columns());
        DetectionRole.Login(here.Server, Reads("purchase_id currency"), 801);
        Assert.Equal("currency,purchase_id", Columns());

        object? Columns() => here!.One(
            """
            SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns
            WHERE table_schema = 'care_detection' AND table_name = 'purchase'
            """);
    }

    [Fact]
    public void Unavailable_server_is_not_blamed_on_the_statement()
    {
        var away = new DataFolder("/nowhere") { Server = new("Host=127.0.0.1;Port=1;Username=care;Database=care") };
        Assert.Contains("cannot be prepared", Assert.Throws<StorageException>(() => ContainedQuery.Open(
            away, "SELECT 1", Bounds(), TimeProvider.System)).Message);
    }

    private static Containment Bounds() => new(Readable, 100, Duration.FromSeconds(9));

    private void Start()
    {
        Assert.SkipWhen(here is null, PostgresHouse.Needs);
        here!.Execute(
            """
            INSERT INTO care.purchase (purchase_id, customer_id, kind, title, amount_minor, currency, purchased_at,
              payment_ref, content_hash, received_at)
            SELECT 'p' || i, 'c', 'rental', 'T', i, 'USD', 0, 'card', '', 0 FROM generate_series(1, 3) AS i
            """);
    }

    private string Refused(string sql) => Assert.Throws<QueryException>(() =>
    {
        using var query = Of(sql);
        query.Run(new Dictionary<string, object>(), _ => { });
    }).Message;

    private ContainedQuery Of(string sql, params (string Name, object Value)[] parameters) => ContainedQuery.Open(
        here!.Folder, sql,
        Bounds() with { Parameters = parameters.ToDictionary(p => p.Name, p => p.Value) }, TimeProvider.System);
}
