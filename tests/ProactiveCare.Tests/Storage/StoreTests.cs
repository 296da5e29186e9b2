using Dapper;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

public sealed class StoreTests : IDisposable
{
    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Writes_are_read_back_after_reopening()
    {
        var id = here.Write(db => Actors.System(db, here.Clock.Now()));
        here.Reopen();
        Assert.Equal(1, id.Value);
        Assert.Equal("proactive-care", here.Read(db => Actors.Get(db, id)).Name);
        Assert.Equal(16, here.Store.Installation.StoreId.Length);
    }

    [Fact]
    public void Unavailable_server_is_tried_again()
    {
        TestDatabase.SkipUnlessServer();
        var store = here.Store;
        TestDatabase.Answers(here.Folder, false);
        Assert.Throws<StorageException>(() => store.Installation);
        TestDatabase.Answers(here.Folder, true);
        Assert.Equal(16, store.Installation.StoreId.Length);
    }

    [Fact]
    public async Task Throwing_work_is_rolled_back_alone_within_its_commit()
    {
        using var entered = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        // Opening waits for a server, which would look like waiting for work.
        var store = here.Store;
        var pump = new Thread(() =>
        {
            while (store.WaitAndStep()) { }
        });
        pump.Start();
        SpinWait.SpinUntil(() => pump.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        var first = here.Store.Write(db =>
        {
            entered.Set();
            go.Wait();
            return db.Execute("INSERT INTO actor (kind, name, created_at) VALUES ('gateway', 'a', 0)");
        });
        entered.Wait();
        var bad = here.Store.Write<int>(db =>
        {
            db.Execute("INSERT INTO actor (kind, name, created_at) VALUES ('gateway', 'lost', 0)");
            throw new InvalidOperationException("no");
        });
        var last =
            here.Store.Write(db => db.Execute("INSERT INTO actor (kind, name, created_at) VALUES ('gateway', 'b', 0)"));
        go.Set();
        await first;
        await last;
        Assert.Equal("no", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal(["a", "b"], here.Read(db => db.Query<string>("SELECT name FROM actor ORDER BY name").ToList()));
        here.Reopen();
        pump.Join();
    }

    [Fact]
    public void Second_worker_is_refused_with_advice()
    {
        TestDatabase.SkipUnlessFile();
        _ = here.Store;
        var refused = Assert.Throws<StorageException>(() => Store.Open(here.Folder, here.Clock));
        Assert.Contains("stop that one first", refused.Message);
        Assert.True(here.Folder.IsHeld());
        here.Reopen();
        Assert.False(here.Folder.IsHeld());
    }

    [Fact]
    public void Readers_cannot_write() =>
        Assert.ThrowsAny<Exception>(() => here.Read(db => db.Execute("DELETE FROM installation")));

    [Fact]
    public void Audit_log_is_append_only_even_for_the_writer()
    {
        here.Write(db =>
            AuditLog.Append(db, new AuditEvent(Actors.System(db, here.Clock.Now()), "x.y", "x:1", new { }),
                here.Clock.Now()));
        Assert.ThrowsAny<Exception>(() => here.Write(db => db.Execute("DELETE FROM audit")));
        Assert.ThrowsAny<Exception>(() => here.Write(db => db.Execute("UPDATE audit SET action = 'z'")));
        Assert.Single(here.Read(db => AuditLog.Of(db, "x:1")));
    }

    [Fact]
    public void Restore_recovers_the_backup_and_keeps_the_replaced_database()
    {
        TestDatabase.SkipUnlessFile();
        here.Write(db => Actors.Gateway(db, "before", here.Clock.Now()));
        var file = here.Folder.Inside("one.db");
        Backup.Write(here.Folder, file);
        here.Write(db => Actors.Gateway(db, "after", here.Clock.Now()));
        here.Reopen();
        var kept = Backup.Restore(here.Folder, file, here.Clock);
        Assert.Equal(["before"], here.Read(db => db.Query<string>("SELECT name FROM actor").ToList()));
        Assert.Empty(Backup.Check(kept!));
    }

    [Fact]
    public void Database_of_a_newer_version_is_refused()
    {
        here.Write(db => db.Execute("INSERT INTO migration VALUES (9999, 'future', 'x', 9999, 0)"));
        here.Reopen();
        Assert.Contains("newer version", Assert.Throws<LeftBehindException>(() => here.Store).Message);
    }
}
