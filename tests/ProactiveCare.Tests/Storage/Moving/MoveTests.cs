using Dapper;
using Npgsql;
using ProactiveCare.Audit;
using ProactiveCare.Ledger;
using ProactiveCare.Storage;
using ProactiveCare.Storage.Moving;
using ProactiveCare.Tests.Ledger;

namespace ProactiveCare.Tests.Storage.Moving;

public sealed class MoveTests : IDisposable
{
    private readonly Installed here;
    private readonly DataFolder there;

    public MoveTests()
    {
        TestDatabase.SkipUnlessServer();
        here = Installed.InFile();
        there = TestDatabase.In(here.Folder.Path + "-there", isNew: true);
    }

    public void Dispose()
    {
        here.Dispose();
        TestDatabase.Delete(there);
    }

    [Fact]
    public async Task Installation_moves_whole_and_its_file_stays_as_it_was()
    {
        Books.Fill(here, 1203);
        await new Sealer(here.Clock).RunOnce(here.Store);
        here.Write(db => db.Execute(
            """
            INSERT INTO premises (premises_id, customer_id, latitude, longitude, label, content_hash, received_at)
            VALUES ('ü', 'c', -0.0, 0.1, '', x'00ff', 0), ('Z', 'c', 1e-300, NULL, char(128512), x'', 0),
                   ('a', 'c', NULL, NULL, NULL, x'01', 9223372036854775807)
            """));
        var (head, id) = (here.Read(LedgerCheck.Run).Head, here.Store.Installation);
        here.Reopen();
        var before = await File.ReadAllBytesAsync(here.Folder.Database, TestContext.Current.CancellationToken);

        var tables = Go().ToDictionary();

        Assert.Equal((1203, 4812, 3), (tables["entry"], tables["posting"], tables["premises"]));
        Assert.Equal(
            before, await File.ReadAllBytesAsync(here.Folder.Database, TestContext.Current.CancellationToken));
        Assert.False(here.Folder.IsHeld());
        using var store = Store.Open(there, here.Clock);
        Assert.Equal(id, store.Installation);
        var report = store.Read(LedgerCheck.Run);
        Assert.Empty(report.Problems);
        Assert.Equal((1203, 1000, head), (report.Entries, report.Sealed, report.Head));
        Assert.Equal("moved", store.Read(db => AuditLog.Of(db, "database:")).Single().Action);
        await Assert.ThrowsAnyAsync<Exception>(() => store.Write(db => db.Execute("DELETE FROM entry")));
        Assert.Empty(DatabaseCheck.Run(there).Problems);
    }

    [Fact]
    public void Write_ahead_log_of_a_killed_worker_moves_too()
    {
        Books.Fill(here, 20);
        using var killed = new Copy(here.Folder);
        Assert.True(new FileInfo(killed.Folder.Database + "-wal").Length > 0);
        var before = killed.Bytes();

        Assert.Equal(20, Go(killed.Folder).ToDictionary()["entry"]);

        Assert.Equal(before, killed.Bytes());
    }

    [Fact]
    public async Task Numbers_go_on_above_the_highest_that_was_ever_given()
    {
        here.Write(db => db.Execute(
            """
            INSERT INTO alarm (alarm_id, job_id, kind, message, raised_at) VALUES (3, 'a', 'k', 'm', 0);
            INSERT INTO alarm (alarm_id, job_id, kind, message, raised_at) VALUES (7, 'b', 'k', 'm', 0);
            DELETE FROM alarm WHERE alarm_id = 7;
            INSERT INTO actor (actor_id, kind, name, created_at) VALUES (41, 'gateway', 'g', 0)
            """));
        here.Reopen();
        Go();
        using var store = Store.Open(there, here.Clock);
        var (alarm, actor) = await store.Write(db => (
            db.First(
                """
                INSERT INTO alarm (job_id, kind, message, raised_at) VALUES ('c', 'k', 'm', 0) RETURNING alarm_id
                """,
                row => row.Number(0)),
            db.First(
                "INSERT INTO actor (kind, name, created_at) VALUES ('gateway', 'h', 0) RETURNING actor_id",
                row => row.Number(0))));
        // The move itself was written down by an actor.
        Assert.Equal((8, 43), (alarm, actor));
    }

    [Theory]
    [InlineData("copying posting")]
    [InlineData("copying seal")]
    [InlineData("comparing entry")]
    public void Move_that_is_stopped_leaves_nothing(string at)
    {
        Books.Fill(here, 600);
        here.Reopen();
        using var stop = new CancellationTokenSource();
        var watch = new Watch(step =>
        {
            if (step.What == at) stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Go(watch: watch, stop: stop.Token));
        NothingRemains();
        Go();
    }

    [Theory]
    [InlineData("copying posting")]
    [InlineData("comparing posting")]
    public void Move_whose_connection_is_ended_leaves_nothing(string at)
    {
        Books.Fill(here, 600);
        here.Reopen();
        var ended = 0;
        var watch = new Watch(step =>
        {
            if (step.What == at && ended == 0) ended = Terminate();
        });
        Assert.Throws<StorageException>(() => Go(watch: watch));
        Assert.Equal(1, ended);
        NothingRemains();
        Go();
    }

    [Fact]
    public void Text_that_postgresql_cannot_hold_is_named()
    {
        here.Write(db => db.Execute(
            """
            INSERT INTO premises (premises_id, customer_id, label, content_hash, received_at)
            VALUES ('fine', 'c', 'x', x'', 0), ('odd', 'c', 'a' || char(0) || 'b', x'', 0)
            """));
        here.Reopen();
        var refused = Assert.Throws<StorageException>(() => Go());
        Assert.Contains("label of table premises, row premises_id = odd", refused.Message);
        NothingRemains();
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_the_table_and_the_row()
    {
        here.Write(db => db.Execute(
            """
            INSERT INTO premises (premises_id, customer_id, label, content_hash, received_at)
            VALUES ('odd', 'c', CAST(x'61ff' AS TEXT), x'', 0)
            """));
        here.Reopen();
        var refused = Assert.Throws<StorageException>(() => Go());
        Assert.Contains("what table premises holds", refused.Message);
        Assert.Contains("line 1", refused.Message);
        NothingRemains();
    }

    [Fact]
    public void Server_that_alters_values_is_detected_before_the_commit()
    {
        here.Write(db => db.Execute(
            """
            INSERT INTO premises (premises_id, customer_id, label, content_hash, received_at)
            VALUES ('a', 'c', 'home', x'', 0)
            """));
        here.Reopen();
        Server(
            """
            CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.label := 'Home'; RETURN NEW; END $$;
            CREATE FUNCTION public.tamper() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'care.premises') THEN
                EXECUTE 'CREATE TRIGGER spoil BEFORE INSERT ON care.premises '
                  'FOR EACH ROW EXECUTE FUNCTION public.spoil()';
              END IF;
            END $$;
            CREATE EVENT TRIGGER tamper ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.tamper()
            """);
        var refused = Assert.Throws<StorageException>(() => Go());
        Assert.Contains("premises reads otherwise on the server (1 rows, and 1 in the file)", refused.Message);
        NothingRemains();
    }

    [Fact]
    public void Unsound_books_are_not_moved()
    {
        Books.Fill(here, 12);
        Books.Tamper(here, "UPDATE posting SET amount_minor = amount_minor + 1 WHERE entry_id = 12 AND line = 3");
        here.Reopen();
        Assert.Contains("does not balance", Assert.Throws<LedgerException>(() => Go()).Message);
        NothingRemains();
    }

    [Fact]
    public void File_locked_by_a_worker_is_not_moved()
    {
        _ = here.Store;
        Assert.Contains("stop that one first", Assert.Throws<StorageException>(() => Go()).Message);
        NothingRemains();
    }

    [Fact]
    public void File_of_an_earlier_version_is_migrated_first()
    {
        here.Write(db => db.Execute("DELETE FROM migration WHERE number = 1"));
        here.Reopen();
        Assert.Contains("proactive-care db migrate", Assert.Throws<StorageException>(() => Go()).Message);
        NothingRemains();
    }

    [Fact]
    public void Database_that_is_not_empty_is_not_changed()
    {
        here.Reopen();
        Go();
        Assert.Contains("holds an installation already", Assert.Throws<StorageException>(() => Go()).Message);
        using (var store = Store.Open(there, here.Clock)) Assert.Single(store.Read(db => AuditLog.Of(db, "database:")));
        Server("DROP SCHEMA care CASCADE; CREATE SCHEMA care; CREATE TABLE care.theirs (x bigint)");
        Assert.Contains("it has theirs", Assert.Throws<StorageException>(() => Go()).Message);
        Assert.Equal(1L, Server("SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'care'::regnamespace"));
    }

    private IReadOnlyList<KeyValuePair<string, long>> Go(
        DataFolder? from = null, Watch? watch = null, CancellationToken stop = default)
    {
        var rules = new MoveRules(MovedBooks.AddUp, db => AuditLog.Append(
            db, new AuditEvent(Actors.System(db, here.Clock.Now()), "moved", "database:", new { }), here.Clock.Now()));
        return Move.Run(
            from ?? here.Folder, there.Server!, rules, here.Clock, watch ?? new Watch(_ => { }), stop);
    }

    private void NothingRemains() =>
        Assert.Equal(0L, Server("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'care'"));

    private int Terminate() => Convert.ToInt32(Server(
        """
        SELECT COUNT(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'proactive-care'
        """), System.Globalization.CultureInfo.InvariantCulture);

    private object? Server(string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(there.Server!.ConnectionString) { Pooling = false };
        using var connection = new NpgsqlConnection(unpooled.ToString());
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    private sealed class Watch(Action<MoveProgress> seen) : IProgress<MoveProgress>
    {
        public void Report(MoveProgress value) => seen(value);
    }

    /// <summary>The files of an installation as they lie on the disk while a worker has it open.</summary>
    private sealed class Copy : IDisposable
    {
        public Copy(DataFolder of)
        {
            Folder = new DataFolder(of.Path + "-killed");
            Directory.CreateDirectory(Folder.Path);
            foreach (var end in (string[])["", "-wal"]) File.Copy(of.Database + end, Folder.Database + end);
        }

        public DataFolder Folder { get; }

        public byte[] Bytes() =>
            [.. File.ReadAllBytes(Folder.Database), .. File.ReadAllBytes(Folder.Database + "-wal")];

        public void Dispose() => Directory.Delete(Folder.Path, recursive: true);
    }
}
