using System.Data.Common;
using Dapper;
using Npgsql;
using ProactiveCare.Storage.PostgreSql;

namespace ProactiveCare.Storage.Moving;

/// <summary>How far a move is.</summary>
/// <param name="What">What goes on, such as <c>copying session</c>.</param>
/// <param name="Rows">How many rows of the installation have been copied or compared.</param>
/// <param name="Share">How much of all there is to do that is, from 0 to 1.</param>
public sealed record MoveProgress(string What, long Rows, double Share);

/// <summary>A table whose rows are closed by the rows of another, and not to be added to later.</summary>
/// <param name="Table">The table that closes.</param>
/// <param name="Parts">The table whose rows come first.</param>
/// <param name="Key">The column by which they belong together.</param>
public sealed record ClosedRows(string Table, string Parts, string Key);

/// <summary>What the features above storage have to say about a move.</summary>
/// <param name="Closed">Rows that go in together.</param>
/// <param name="Audit">Adds up what must come to the same on both sides; throws when it is not sound.</param>
/// <param name="Last">Writes into the copy once it is known to be the same.</param>
public sealed record MoveRules(
    ClosedRows Closed, Func<DbConnection, IReadOnlyList<string>> Audit, Action<DbConnection> Last);

/// <summary>Moves an installation from its file to a PostgreSQL server.</summary>
/// <remarks>
/// One transaction of the server makes the tables, fills them and compares them with the file, so that whatever happens
/// there is either all of it or nothing. No trigger or constraint of the server is switched off: rows go in by the
/// order in which the product writes them, and so every rule that the database holds is held by each row that moved.
/// </remarks>
public static class Move
{
    /// <summary>Copies, compares and commits; the file is only read.</summary>
    /// <param name="folder">The installation in a file; no worker may hold it.</param>
    /// <param name="server">A database without an installation.</param>
    /// <param name="rules">What the features say.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellation">Ends the move; nothing of it remains.</param>
    /// <returns>How many rows each table has.</returns>
    /// <exception cref="StorageException">It cannot be done, or the copy differs; nothing of it remains.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing of it remains.</exception>
    public static IReadOnlyList<KeyValuePair<string, long>> Run(
        DataFolder folder, PostgresServer server, MoveRules rules, TimeProvider time,
        IProgress<MoveProgress> progress, CancellationToken cancellation)
    {
        var file = folder with { Server = null };
        file.RequireInstallation();
        using var held = file.Lock();
        using var source = new MoveSource(file);
        IReadOnlyList<KeyValuePair<string, long>> moved = [];
        PostgresStore.Fill(server, time, db =>
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
        private readonly Dictionary<string, (long Rows, string Digest)> copied = new(StringComparer.Ordinal);
        private long done;
        private long all;

        public IReadOnlyList<KeyValuePair<string, long>> Go()
        {
            all = Math.Max(1, 2 * source.Tables.Sum(source.Count));
            var expected = rules.Audit(source.Db);
            foreach (var table in source.Tables) Copy(table);
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

        private void Copy(MovedTable table)
        {
            Show("copying", table, 0);
            var (whole, parts, key) = rules.Closed;
            var aside = table.Name == whole || table.Name == parts;
            var name = MovedTable.Quoted(table.Name);
            // A step of the schema may have put a row in, which is the file's to say.
            if (aside) name = target.Aside(table);
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
                if (aside && copied.ContainsKey(whole) && copied.ContainsKey(parts))
                    target.Close(Named(whole), Named(parts), key, cancellation.ThrowIfCancellationRequested);
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
