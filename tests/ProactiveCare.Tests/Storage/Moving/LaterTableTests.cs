using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Storage.Moving;
using ProactiveCare.Storage.PostgreSql;
using ProactiveCare.Storage.Sqlite;

namespace ProactiveCare.Tests.Storage.Moving;

/// <summary>A move follows the catalogue: the tables of a later step need nothing there.</summary>
public sealed class LaterTableTests : IDisposable
{
    private readonly Installed here;
    private readonly DataFolder there;

    public LaterTableTests()
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
    public async Task Table_of_a_later_step_moves_without_configuration()
    {
        const string sql =
            """
            CREATE TABLE shelf (
              shelf_id INTEGER PRIMARY KEY AUTOINCREMENT,
              room     TEXT NOT NULL UNIQUE
            ) STRICT;
            CREATE TABLE item (
              shelf_id INTEGER NOT NULL REFERENCES shelf,
              place    INTEGER NOT NULL,
              weight   REAL,
              label    BLOB NOT NULL,
              actor_id INTEGER REFERENCES actor,
              PRIMARY KEY (shelf_id, place)
            ) STRICT, WITHOUT ROWID;
            """;
        var inFile = Migrations.Sqlite.With(Migrations.Of("9901_shelves.sql", sql));
        var onServer = Migrations.Postgres.With(
            Migrations.Of("9901_shelves.postgresql.sql", new PostgresSchema().Translate(sql)));
        using (var later = SqliteStore.OpenForWriting(here.Folder, here.Clock, inFile))
        {
            await later.Write(db => db.Execute(
                """
                INSERT INTO shelf (shelf_id, room) VALUES (1, 'ü'), (9, 'z');
                DELETE FROM shelf WHERE shelf_id = 9;
                INSERT INTO item (shelf_id, place, weight, label) VALUES (1, 2, 0.1, x'00ff'), (1, 1, NULL, x'')
                """));
        }

        var tables = Move.Run(
            here.Folder, there.Server!, new MoveRules(_ => [], _ => { }), here.Clock, new Progress<MoveProgress>(),
            TestContext.Current.CancellationToken, (inFile, onServer)).ToDictionary();

        Assert.Equal((1, 2), (tables["shelf"], tables["item"]));
        using var store = PostgresStore.OpenForWriting(there, here.Clock, onServer);
        Assert.Equal(
            "1 ü 1 , 1 ü 2 0.1",
            string.Join(", ", store.Read(db => db.Query<string>(
                "SELECT shelf_id || ' ' || room || ' ' || place || ' ' || COALESCE(weight::text, '') "
                    + "FROM shelf JOIN item USING (shelf_id) ORDER BY place"))));
        Assert.Equal(10, await store.Write(db => db.ExecuteScalar<long>(
            "INSERT INTO shelf (room) VALUES ('next') RETURNING shelf_id")));
    }
}
