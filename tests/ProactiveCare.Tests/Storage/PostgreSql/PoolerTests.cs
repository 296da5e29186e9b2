using System.Diagnostics;
using System.Runtime.Versioning;
using NodaTime;
using Npgsql;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage.PostgreSql;

/// <summary>PgBouncer before the server, in each of its modes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PoolerTests
{
    [Theory]
    [InlineData("transaction", "default_pool_size = 3", "in transaction mode")]
    [InlineData("transaction", "default_pool_size = 1", "in transaction mode")]
    [InlineData(
        "transaction", "default_pool_size = 4\nmin_pool_size = 4\nserver_round_robin = 1", "in transaction mode")]
    [InlineData("session", "default_pool_size = 9", "drops the settings of a connection")]
    public async Task Pooler_that_does_not_keep_a_session_is_refused_with_the_remedy(
        string mode, string settings, string words)
    {
        Assert.SkipWhen(PostgresHouse.Given is null, PostgresHouse.Needs);
        using var house = new PostgresHouse();
        var refused = await Behind(house, $"pool_mode = {mode}\n{settings}\n"
            + "ignore_startup_parameters = extra_float_digits,search_path,options");
        Assert.Contains(words, refused, StringComparison.Ordinal);
        Assert.Contains("Name the server itself in Database:ConnectionString", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pooler_that_refuses_the_settings_is_named()
    {
        Assert.SkipWhen(PostgresHouse.Given is null, PostgresHouse.Needs);
        using var house = new PostgresHouse();
        Assert.Contains("A connection pooler such as PgBouncer stands before the server",
            await Behind(house, "pool_mode = session"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pooler_that_keeps_sessions_and_settings_is_not_refused()
    {
        Assert.SkipWhen(PostgresHouse.Given is null, PostgresHouse.Needs);
        using var house = new PostgresHouse();
        var owner = new NpgsqlConnectionStringBuilder(house.Server.ConnectionString).Username;
        house.Execute($"ALTER ROLE {owner} SET search_path = care, pg_catalog");
        Assert.Equal("", await Behind(house, "pool_mode = session\n"
            + "ignore_startup_parameters = extra_float_digits,search_path,options"));
        DatabaseCheck.RefusePooler(house.Folder);
    }

    // What is said about the installation behind a pooler; nothing when it is not refused.
    private static async Task<string> Behind(PostgresHouse house, string settings)
    {
        var program = new[] { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "This needs Debian's package pgbouncer: scripts/test installs it.");
        var server = new NpgsqlConnectionStringBuilder(house.Server.ConnectionString);
        var folder = Directory.CreateTempSubdirectory("pooler-");
        var port = Random.Shared.Next(20_000, 50_000);
        var file = Path.Combine(folder.FullName, "pgbouncer.ini");
        File.WriteAllText(file, $"""
            [databases]
            * = host={server.Host} port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            auth_type = plain
            auth_file = {folder.FullName}/users.txt
            unix_socket_dir =
            {settings}

            """);
        File.WriteAllText(Path.Combine(folder.FullName, "users.txt"), $"\"{server.Username}\" \"{server.Password}\"\n");
        // It does not run as root.
        string[] words = Environment.IsPrivilegedProcess
            ? ["runuser", "-u", "nobody", "--", program!, "-q", file]
            : [program!, "-q", file];
        if (Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
            foreach (var each in folder.GetFiles()) File.SetUnixFileMode(each.FullName, (UnixFileMode)0b110_100_100);
        }
        using var pooler = Process.Start(words[0], words[1..]);
        try
        {
            var through = new NpgsqlConnectionStringBuilder(server.ConnectionString)
            {
                Host = "127.0.0.1", Port = port, Pooling = false,
            };
            for (var i = 0; i < 100; i++)
            {
                try
                {
                    DatabaseCheck.RefusePooler(new DataFolder("nowhere")
                    { Server = new PostgresServer(through.ConnectionString) });
                    return "";
                }
                catch (StorageException e)
                    when (i < 99 && e.Message.Contains("does not answer", StringComparison.Ordinal))
                {
                    await Task.Delay(50);
                }
                catch (StorageException e)
                {
                    return e.Message;
                }
            }
            return "";
        }
        finally
        {
            pooler.Kill(entireProcessTree: true);
            await pooler.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }
}
