using Dapper;
using Npgsql;
using ProactiveCare.Storage;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Tests.Storage.PostgreSql;

public sealed class ScratchDatabasesTests : IDisposable
{
    private readonly PostgresHouse? here = PostgresHouse.Given is null ? null : new PostgresHouse();

    public void Dispose() => here?.Dispose();

    [Fact]
    public void Scratch_databases_are_empty_and_dropped_with_their_login()
    {
        Assert.SkipWhen(here is null, PostgresHouse.Needs);
        Assert.Contains("CREATEDB", Assert.Throws<StorageException>(
            () => ScratchDatabases.On(here!.Server, TimeProvider.System, Login)).Message);
        here!.Super($"ALTER ROLE {here.One("SELECT current_user")} CREATEDB");
        PostgresServer[] made;
        string role;
        using (var scratch = ScratchDatabases.On(here.Server, TimeProvider.System, Login))
        {
            made = [scratch.Make(), scratch.Make()];
            role = (string)here.One("SELECT role FROM care_detection.login", made[0].ConnectionString)!;
            foreach (var server in made)
            {
                var folder = new DataFolder(Path.GetTempPath()) { Server = server };
                Assert.False(folder.Exists);
                PostgresStore.Create(server, TimeProvider.System, db => db.Execute(
                    "INSERT INTO installation (store_id, simulated, created_at) VALUES ('x', 1, 0)"));
                Assert.True(folder.Exists);
            }
        }
        foreach (var server in made)
            Assert.Equal("3D000", Assert.Throws<PostgresException>(
                () => here.One("SELECT 1", server.ConnectionString)).SqlState);
        Assert.Equal(0L, here.One($"SELECT count(*) FROM pg_roles WHERE rolname = '{role}'"));
    }

    private static void Login(PostgresServer server) => DetectionRole.Login(
        server, new Dictionary<string, IReadOnlySet<string>> { ["purchase"] = new HashSet<string>(["kind"]) });
}
