using Npgsql;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage.Moving;

/// <summary>Rows that are closed by a row of another table: they are written first, and none is added later.</summary>
/// <param name="Table">The closing table; the others refer to it by a key that is checked at the commit.</param>
/// <param name="Parts">The table whose rows come first.</param>
/// <param name="Key">The column that both have.</param>
internal sealed record ClosedRows(string Table, string Parts, string Key);

/// <summary>Moves an installation from its file to a PostgreSQL server.</summary>
/// <remarks>
/// One transaction of the server creates the tables, fills them and compares them with the file, so that the server has
/// either all of it or nothing. Tables, columns, types, their order and their numbering are read from the catalogues,
/// so a new table needs nothing here. No trigger or constraint is switched off: rows are written in the order in which
/// the product writes them, and every rule of the database holds for each row that moved.
/// </remarks>
internal static class Move
{
    /// <summary>Copies, compares and commits; the file is only read.</summary>
    /// <param name="folder">The installation in a file; no worker may hold it.</param>
    /// <param name="server">A database without an installation.</param>
    /// <param name="rules">The features' part.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="cancellation">Ends the move; nothing of it remains.</param>
    /// <param name="known">The schema in a file and on a server; null for this program's.</param>
    /// <returns>The number of rows by table.</returns>
    /// <exception cref="StorageException">It cannot be done, or the copy differs; nothing of it remains.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it remains.</exception>
    public static IReadOnlyList<KeyValuePair<string, long>> Run(
        DataFolder folder, PostgresServer server, MoveRules rules, TimeProvider time,
        IProgress<MoveProgress> progress, CancellationToken cancellation,
        (Migrations File, Migrations Server)? known = null)
    {
        var (inFile, onServer) = known ?? (Migrations.Sqlite, Migrations.Postgres);
        var file = folder with { Server = null };
        file.RequireInstallation();
        using var held = file.Lock();
        using var source = new MoveSource(file, inFile);
        IReadOnlyList<KeyValuePair<string, long>> moved = [];
        PostgresStore.Fill(server, onServer, time, db =>
        {
            var way = new Way(source, db, rules, progress, cancellation);
            moved = way.Go();
        });
        CrashPoint.At("Move.Run:after");
        return moved;
    }

    private sealed class Way(
        MoveSource source, PostgresConnection db, MoveRules rules, IProgress<MoveProgress> progress,
        CancellationToken cancellation)
    {
        private readonly MoveTarget target = new(db);
        private readonly IReadOnlyList<ClosedRows> closed = MoveTarget.ClosedRows(db);
        private readonly Dictionary<string, (long Rows, string Digest)> copied = new(StringComparer.Ordinal);
        private long done;
        private long all;

        public IReadOnlyList<KeyValuePair<string, long>> Go()
        {
            all = Math.Max(1, 2 * source.Tables.Sum(source.Count));
            var expected = rules.Audit(source.Db);
            foreach (var table in InOrder()) Copy(table);
            target.GoOnNumbering(source.Tables, source.Highest);
            db.Execute($"ANALYZE {string.Join(", ", source.Tables.Select(t => MovedTable.Quoted(t.Name)))}");
            CrashPoint.At("Move.Run:copied");
            foreach (var table in source.Tables) Compare(table);
            if (!rules.Audit(db).SequenceEqual(expected, StringComparer.Ordinal))
                throw new StorageException("The books add up to something else on the server. Nothing was moved.");
            CrashPoint.At("Move.Run:compared");
            rules.Last(db);
            cancellation.ThrowIfCancellationRequested();
            return [.. source.Tables.Select(t => KeyValuePair.Create(t.Name, copied[t.Name].Rows))];
        }

        // A table after those that it refers to, and after the parts of what it refers to.
        private List<MovedTable> InOrder()
        {
            var ordered = new List<MovedTable>();
            while (ordered.Count < source.Tables.Count)
            {
                ordered.Add(source.Tables.FirstOrDefault(table => !ordered.Contains(table) && Parents(table).All(
                        parent => parent == table.Name || ordered.Exists(before => before.Name == parent)))
                    ?? throw new StorageException("Tables refer to each other in a circle. Nothing was moved."));
            }
            return ordered;
        }

        private IEnumerable<string> Parents(MovedTable table) => source.Parents(table).SelectMany(parent =>
            closed.Where(pair => pair.Table == parent && pair.Parts != table.Name).Select(pair => pair.Parts)
                .Append(parent));

        private void Copy(MovedTable table)
        {
            Show("copying", table, 0);
            var pair = closed.FirstOrDefault(each => table.Name == each.Table || table.Name == each.Parts);
            var name = MovedTable.Quoted(table.Name);
            // A migration may have inserted a row; the file's row replaces it.
            if (pair is not null) name = target.Aside(table);
            else db.Execute($"DELETE FROM {name}");
            using var digest = new TableDigest();
            try
            {
                using (var copying = target.Into(table, name))
                {
                    source.Read(table, [copying, digest], rows => Show("copying", table, rows));
                    copying.Complete();
                }
                copied[table.Name] = (digest.Rows, digest.Result());
                if (pair is not null && copied.ContainsKey(pair.Table) && copied.ContainsKey(pair.Parts))
                {
                    target.Close(
                        Named(pair.Table), Named(pair.Parts), pair.Key, cancellation.ThrowIfCancellationRequested);
                }
            }
            catch (PostgresException e) when (e.SqlState[..2] is "22" or "23" or "P0")
            {
                throw new StorageException(
                    $"PostgreSQL refuses what table {table.Name} holds: {e.MessageText} ({e.Detail ?? e.Where}). "
                    + "Nothing was moved.", e);
            }
            done += digest.Rows;
        }

        private void Compare(MovedTable table)
        {
            Show("comparing", table, 0);
            using var digest = new TableDigest();
            target.Read(table, digest, rows => Show("comparing", table, rows));
            var there = (digest.Rows, digest.Result());
            if (there != copied[table.Name])
            {
                throw new StorageException(
                    $"Table {table.Name} reads otherwise on the server ({there.Rows} rows, and "
                    + $"{copied[table.Name].Rows} in the file). Nothing was moved.");
            }
            done += digest.Rows;
        }

        private MovedTable Named(string name) => source.Tables.Single(table => table.Name == name);

        private void Show(string what, MovedTable table, long rows)
        {
            if ((rows & 0xff) != 0) return;
            cancellation.ThrowIfCancellationRequested();
            progress.Report(new($"{what} {table.Name}", done + rows, (double)(done + rows) / all));
        }
    }
}
