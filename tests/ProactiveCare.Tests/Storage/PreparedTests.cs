using System.Data.Common;
using Dapper;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

/// <summary>Statements that wait to be sent mean the same as statements that do not.</summary>
public sealed class PreparedTests : IDisposable
{
    private const string Insert = "INSERT INTO actor (kind, name, created_at) VALUES ('gateway', ?1, ?2)";
    private const string Of = "SELECT created_at, name FROM actor WHERE name = ?1";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Fact]
    public void Each_answer_goes_to_the_one_who_asked_and_knows_what_was_posted_before()
    {
        var answers = here.Write(db =>
        {
            for (var i = 0; i < 50; i++) db.Post(Insert, $"a{i}", i);
            var asked = Enumerable.Range(0, 60).Select(i => db.Ask(Of, row => (row.Number(0), row.Text(1)), $"a{i}"))
                .ToList();
            // Not there yet when it was asked for.
            for (var i = 50; i < 60; i++) db.Post(Insert, $"a{i}", i);
            return asked.ConvertAll(one => one.Rows.Count == 0 ? -1 : one.First.Item1);
        });
        Assert.Equal([.. Enumerable.Range(0, 50).Select(i => (long)i), .. Enumerable.Repeat(-1L, 10)], answers);
        Assert.Equal(60, here.Read(db => db.ExecuteScalar<long>("SELECT COUNT(*) FROM actor WHERE name LIKE 'a%'")));
    }

    [Fact]
    public void A_question_may_have_many_rows_or_none_and_values_that_are_null_for_all()
    {
        var (many, none, nothing) = here.Write(db =>
        {
            foreach (var name in new[] { "x", "y", "z" }) db.Post(Insert, name, 7);
            const string At = "SELECT name FROM actor WHERE created_at = ?1 AND name <> ?2 ORDER BY name";
            return (db.Ask(At, row => row.Text(0), 7, "y"), db.Ask(At, row => row.Text(0), 8, "y"),
                db.Ask(At, row => row.Text(0), 7, (string?)null));
        });
        Assert.Equal(["x", "z"], many.Rows);
        Assert.Empty(none.Rows);
        Assert.Null(none.First);
        Assert.Empty(nothing.Rows);
    }

    [Fact]
    public void What_is_posted_keeps_its_order()
    {
        const string Rename = "UPDATE actor SET name = ?2 WHERE name = ?1";
        here.Write(db =>
        {
            for (var i = 0; i < 3; i++)
            {
                db.Post(Insert, "same", i);
                db.Post(Rename, "same", $"other{i}");
            }
        });
        Assert.Equal(
            [0, 1, 2],
            here.Read(db => db.Query<long>("SELECT created_at FROM actor WHERE name LIKE 'other%' ORDER BY name")));
    }

    [Fact]
    public void What_is_done_at_once_keeps_its_values_though_the_same_waits_with_others()
    {
        const string Rename = "UPDATE actor SET name = ?2 WHERE name = ?1";
        here.Write(db =>
        {
            for (var i = 0; i < 2; i++) db.Post(Insert, $"old{i}", i);
            db.Post(Rename, "old0", "new0");
            Assert.Equal(1, db.Run(Rename, "old1", "new1"));
            var asked = db.Ask(Of, row => row.Number(0), "new0");
            Assert.Equal(1, db.First(Of, row => row.Number(0), "new1"));
            Assert.Equal(0, asked.First);
        });
        Assert.Equal(
            ["new0", "new1"],
            here.Read(db => db.Query<string>("SELECT name FROM actor WHERE name LIKE 'new%' ORDER BY name")));
    }

    [Fact]
    public async Task What_the_database_refuses_of_it_undoes_the_work_and_no_other()
    {
        var (bad, good) = (Bad("twice"), here.Store.Share(db => db.Post(Insert, "good", 1)));
        await good;
        await Assert.ThrowsAnyAsync<DbException>(() => bad);
        Assert.Equal(
            ["good"], here.Read(db => db.Query<string>("SELECT name FROM actor WHERE name IN ('twice', 'good')")));
    }

    [Fact]
    public async Task What_waits_when_a_work_fails_is_never_done()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => here.Store.Write(db =>
        {
            db.Post(Insert, "lost", 1);
            throw new InvalidOperationException("no");
        }));
        await here.Store.Write(db => db.Post(Insert, "kept", 1));
        Assert.Equal(
            ["kept"], here.Read(db => db.Query<string>("SELECT name FROM actor WHERE name IN ('lost', 'kept')")));
    }

    [Fact]
    public async Task A_row_that_must_change_and_does_not_undoes_the_work()
    {
        const string Later = "UPDATE actor SET created_at = created_at + 1 WHERE name = ?1 AND created_at < ?2";
        await here.Store.Write(db => db.Post(Insert, "clock", 1));
        void Move(DbConnection db) => db.Post(() => throw new InvalidOperationException("too late"), Later, "clock", 3);
        await Assert.ThrowsAsync<InvalidOperationException>(() => here.Store.Write(db =>
        {
            for (var i = 0; i < 3; i++) Move(db);
        }));
        Assert.Equal(1, At("clock"));
        await here.Store.Write(Move);
        Assert.Equal(2, At("clock"));
    }

    [Fact]
    public void Numbers_rise_above_all_that_were_ever_given()
    {
        here.Write(db => db.Execute(
            "INSERT INTO alarm (alarm_id, job_id, kind, message, raised_at) VALUES (41, 'a', 'k', 'm', 0)"));
        if (TestDatabase.Server is not null)
            here.Write(db => db.Execute("SELECT setval(pg_get_serial_sequence('alarm', 'alarm_id'), 41)"));
        Assert.Equal([42, 43, 44], here.Write(db => db.NextNumbers("alarm", "alarm_id", 3)));
        Assert.Empty(here.Write(db => db.NextNumbers("alarm", "alarm_id", 0)));
    }

    private Task Bad(string name) => here.Store.Write(db =>
    {
        db.Post(Insert, name, 1);
        db.Post(Insert, name, 2);
    });

    private long At(string name) =>
        here.Read(db => db.ExecuteScalar<long>("SELECT created_at FROM actor WHERE name = @name", new { name }));
}
