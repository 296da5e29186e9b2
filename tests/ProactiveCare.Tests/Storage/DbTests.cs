using System.Data.Common;
using Dapper;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

/// <summary>ForAll means the same in a file and on a server.</summary>
public sealed class DbTests : IDisposable
{
    private const string Insert = "INSERT INTO actor (kind, name, created_at) VALUES ('gateway', ?1, ?2)";
    private const string Select = "SELECT created_at, name FROM actor WHERE name = ?1";
    private const string Rename = "UPDATE actor SET name = ?2 WHERE name = ?1";

    private readonly Installed here = new();

    public void Dispose() => here.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10_000)]
    public void Rows_are_inserted_in_order_and_read_for_each_item(int count)
    {
        List<string> names = [.. Enumerable.Range(0, count).Select(i => $"it's \"{i}\" \\ {{{i}}}, é\n")];
        var rows = here.Write(db =>
        {
            Assert.Empty(db.ForAll(Insert, [.. names.Index()], one => [one.Item, one.Index]));
            return db.ForAll(Select, [.. names, "nobody"], name => [name], row => (row.Number(0), row.Text(1)));
        });
        Assert.Equal(names.Select((name, i) => ((long)i, name)), rows.SkipLast(1).Select(Assert.Single));
        Assert.Empty(rows[^1]);
        Assert.Equal(names, here.Read(db => db.Query<string>(
            "SELECT name FROM actor WHERE kind = 'gateway' ORDER BY actor_id")));
    }

    [Fact]
    public void No_items_execute_nothing()
    {
        here.Write(db =>
        {
            Assert.Empty(db.ForAll("no SQL at all", Array.Empty<string>(), name => [name]));
            Assert.Empty(db.ForAll("no SQL at all", Array.Empty<string>(), name => [name], _ => true));
        });
    }

    [Fact]
    public void Rows_of_an_item_keep_their_order_and_a_skipped_item_has_none()
    {
        var rows = here.Write(db =>
        {
            db.ForAll(Insert, ["x", "z", "y"], name => [name, 7]);
            return db.ForAll(
                "SELECT name FROM actor WHERE created_at = ?1 AND name <> ?2 ORDER BY name DESC", [7, 0, 8, 7],
                at => at == 0 ? null : [at, "y"], row => row.Text(0));
        });
        Assert.Equal([["z", "x"], [], [], ["z", "x"]], rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void All_items_may_have_null_for_a_value(int count)
    {
        var items = Enumerable.Range(0, count).ToList();
        here.Write(db =>
        {
            db.ForAll(
                "INSERT INTO actor (kind, name, email, created_at) VALUES ('gateway', ?1, ?2, ?3)", items,
                i => [$"n{i}", (string?)null, i]);
            Assert.Empty(db.ForAll(
                "UPDATE actor SET disabled_at = ?2 WHERE name = ?1 AND disabled_at IS NULL", items,
                i => [$"n{i}", (long?)null]));
            Assert.All(
                db.ForAll("SELECT 1 FROM actor WHERE name = ?1", items, _ => [(string?)null], _ => true), Assert.Empty);
        });
        Assert.Equal(count, here.Read(db => db.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM actor WHERE kind = 'gateway' AND email IS NULL AND disabled_at IS NULL")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public void Items_that_change_no_row_are_returned_in_order(int count)
    {
        var items = Enumerable.Range(0, count).ToList();
        here.Write(db =>
        {
            db.ForAll(Insert, items.FindAll(i => i % 3 > 0), i => [$"old{i}", i]);
            var unchanged = db.ForAll(Rename, items, i => [$"old{i}", $"new{i}"]);
            Assert.Equal(items.FindAll(i => i % 3 == 0), unchanged);
            Assert.Equal(items, db.ForAll(Rename, items, i => [$"old{i}", "never"]));
        });
        Assert.Equal(
            items.FindAll(i => i % 3 > 0).Select(i => $"new{i}"), here.Read(db => db.Query<string>(
                "SELECT name FROM actor WHERE name LIKE 'new%' ORDER BY created_at")));
    }

    [Fact]
    public void Items_that_change_the_same_row_are_all_applied_as_long_as_they_can_be()
    {
        const string Later = "UPDATE actor SET created_at = created_at + ?2 WHERE name = ?1 AND created_at + ?2 <= 10";
        here.Write(db =>
        {
            db.ForAll(Insert, ["a", "b"], name => [name, 0]);
            var unchanged = db.ForAll(Later, ["a", "b", "a", "a", "a", "b"], name => [name, 4]);
            Assert.Equal(["a", "a"], unchanged);
        });
        Assert.Equal(
            [8, 8], here.Read(db => db.Query<long>("SELECT created_at FROM actor WHERE name IN ('a', 'b')")));
    }

    [Fact]
    public void Insert_leaves_out_rows_that_conflict_and_returns_none_of_them()
    {
        const string Keep =
            "INSERT INTO actor (kind, name, created_at) VALUES ('gateway', ?1, 0) ON CONFLICT (kind, name) DO NOTHING";
        here.Write(db =>
        {
            Assert.Empty(db.ForAll(Keep, ["a"], name => [name]));
            Assert.Empty(db.ForAll(Keep, ["a", "b", "a", "c"], name => [name]));
            Assert.Empty(db.ForAll(Keep, ["c"], name => [name]));
        });
        Assert.Equal(["a", "b", "c"], Gateways());
    }

    [Fact]
    public async Task Error_undoes_the_work_and_no_other_that_shares_its_commit()
    {
        var (bad, good) = (Twice("twice"), here.Store.Share(db => db.ForAll(Insert, ["good", "too"], one => [one, 1])));
        await good;
        await Assert.ThrowsAnyAsync<DbException>(() => bad);
        Assert.Equal(["good", "too"], Gateways());
    }

    [Fact]
    public async Task Error_is_thrown_where_it_happens()
    {
        var reached = false;
        await Assert.ThrowsAnyAsync<DbException>(() => here.Store.Write(db =>
        {
            db.ForAll(Insert, ["one", "one"], name => [name, 1]);
            reached = true;
        }));
        Assert.False(reached);
        await here.Store.Write(db => db.ForAll(Insert, ["kept", "as well"], name => [name, 1]));
        Assert.Equal(["as well", "kept"], Gateways());
    }

    [Fact]
    public void Too_few_or_too_many_values_are_refused()
    {
        here.Write(db =>
        {
            Assert.Throws<ArgumentException>(() => db.ForAll(Insert, ["a", "b"], name => [name]));
            Assert.Throws<ArgumentException>(() => db.ForAll(Select, ["a", "b"], name => [name, 1], _ => true));
        });
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

    private Task Twice(string name) =>
        here.Store.Share(db => db.ForAll(Insert, [name, name], same => [same, 1]));

    private IEnumerable<string> Gateways() =>
        here.Read(db => db.Query<string>("SELECT name FROM actor WHERE kind = 'gateway' ORDER BY name"));
}
