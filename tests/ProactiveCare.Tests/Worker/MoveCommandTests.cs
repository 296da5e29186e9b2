using System.Text.Json;
using Npgsql;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Worker;

public sealed class MoveCommandTests : IDisposable
{
    private const string Variable = "PROACTIVE_CARE_TEST_MOVE_TO";

    private readonly Desk desk;
    private readonly PostgresServer server;

    public MoveCommandTests()
    {
        TestDatabase.SkipUnlessServer();
        desk = new Desk(isNew: true);
        server = desk.Folder.Server!;
        // Until the move is done the settings name no server.
        System.IO.File.Delete(Path.Combine(desk.Path, "appsettings.json"));
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Installation_moves_to_a_server_and_works_there()
    {
        var jobs = Path.Combine(TidyTree.Root, "jobs");
        Assert.Equal(0, desk.Run($"demo --data data --jobs {jobs} --json").Code);
        var (books, cases) = (desk.Run("ledger check --json"), desk.Run("cases list --json"));
        var file = new DataFolder(desk.Folder.Path).Database;
        var before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

        var moved = await desk.Type("db migrate --to -", server.ConnectionString + "\n");

        Assert.Equal((0, ""), (moved.Code, moved.Error));
        Assert.Contains("both sides read the same", moved.Out);
        Assert.Contains("Database:Provider to PostgreSql", moved.Out);
        Assert.Contains("Let no worker run on it any more", moved.Out);
        Assert.DoesNotContain(server.ConnectionString, moved.Out);
        Assert.Equal(before, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));

        GoOnThere();
        Assert.Equal(books.Out, desk.Run("ledger check --json").Out);
        Assert.Equal(cases.Out, desk.Run("cases list --json").Out);
        var check = desk.Run("db check");
        Assert.Equal((0, ""), (check.Code, check.Error));
        Assert.Contains("checked by its own tools", check.Out);
        var added = desk.Run("users add fin --os-user fin --role finance");
        Assert.Equal((0, ""), (added.Code, added.Error));
        Assert.Contains("already", desk.Run("db migrate --to env:" + Variable).Error);
    }

    [Fact]
    public async Task Disabled_rule_and_reused_number_are_found_by_db_check()
    {
        desk.Run("db init");
        Assert.Equal(0, (await desk.Type("db migrate --to -", server.ConnectionString)).Code);
        GoOnThere();
        Server(
            """
            ALTER TABLE care.entry DISABLE TRIGGER entry_balances;
            ALTER TABLE care.payment ADD CONSTRAINT late CHECK (batch > 0) NOT VALID;
            INSERT INTO care.actor (actor_id, kind, name, created_at) VALUES (700, 'gateway', 'g', 0)
            """);
        var check = desk.Run("db check --json");
        Assert.Equal(1, check.Code);
        var problems = check.Json.GetProperty("problems").EnumerateArray().Select(p => p.GetString()!).ToArray();
        Assert.Equal(3, problems.Length);
        Assert.Contains(problems, p => p.Contains(
            "trigger entry_balances of table entry (it is switched off)", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("constraint late", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.EndsWith("and 700 is taken.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Indexes_are_compared_with_their_tables_where_the_server_can()
    {
        desk.Run("db init");
        Assert.Equal(0, (await desk.Type("db migrate --to -", server.ConnectionString)).Code);
        GoOnThere();
        Assert.Contains("extension amcheck is not there", desk.Run("db check").Out);
        Server("CREATE EXTENSION amcheck SCHEMA public");
        var check = desk.Run("db check");
        Assert.Equal((0, ""), (check.Code, check.Error));
        Assert.DoesNotContain("amcheck is not there", check.Out);
        // The index says that it holds the column action, of the same type, and holds target.
        Server("UPDATE pg_index SET indkey = '4' WHERE indexrelid = 'care.audit_target'::regclass");
        Assert.Contains("The index audit_target is damaged", desk.Run("db check").Out);
    }

    [Fact]
    public async Task Connection_string_is_read_from_private_sources_only()
    {
        desk.Run("db init");
        var typed = desk.Run("db migrate --to Host=127.0.0.1;Port=1;Username=care;Password=secret");
        Assert.Equal(2, typed.Code);
        Assert.Contains("--to env:NAME", typed.Error);
        Assert.DoesNotContain("secret", typed.Error);
        Assert.Contains(Variable + " is not set", desk.Run($"db migrate --to env:{Variable}").Error);
        var none = await desk.Type("db migrate --to -", "Hoost=x");
        Assert.Contains("none that Npgsql understands", none.Error);
        Environment.SetEnvironmentVariable(Variable, server.ConnectionString);
        try
        {
            Assert.Equal(0, desk.Run($"db migrate --to env:{Variable} --json").Code);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact]
    public async Task Move_needs_the_admin_role()
    {
        desk.Run("db init");
        desk.Run("users add fin --os-user fin --role finance");
        desk.OsUser = "fin";
        var refused = await desk.Type("db migrate --to -", server.ConnectionString);
        Assert.Contains("needs the role admin", refused.Error);
        Assert.Equal(0L, Server("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'care'"));
    }

    private void GoOnThere() => desk.File("appsettings.json", JsonSerializer.Serialize(
        new { Database = new { Provider = "PostgreSql", server.ConnectionString } }));

    private object? Server(string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false };
        using var connection = new NpgsqlConnection(unpooled.ToString());
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }
}
