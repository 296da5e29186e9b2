using Npgsql;

namespace ProactiveCare.Storage;

/// <summary>
/// What waits on a connection to go to the server together, in its order, with the next statement that is answered:
/// the way there and back, not the work, is what most statements cost.
/// </summary>
internal sealed class PostgresPipeline(NpgsqlConnection connection)
{
    // As much as the server works off in some tens of milliseconds; it holds its answers in memory meanwhile.
    private const int Most = 1000;

    private readonly List<Waiting> waiting = [];

    /// <summary>Queues a statement that returns nothing.</summary>
    /// <param name="command">The statement.</param>
    /// <param name="unchanged">Called, after the others are done, when it changed no row.</param>
    public void Post(NpgsqlBatchCommand command, Action? unchanged) => Add(new(command, null, unchanged));

    /// <summary>Queues a query.</summary>
    public void Ask(NpgsqlBatchCommand command, Action<NpgsqlDataReader> row) => Add(new(command, row, null));

    /// <summary>Sends what waits and reads the answers.</summary>
    /// <exception cref="PostgresException">A statement was refused; the transaction is over.</exception>
    public void Send()
    {
        if (waiting.Count == 0) return;
        var sent = waiting.ToArray();
        waiting.Clear();
        using (var batch = new NpgsqlBatch(connection))
        {
            foreach (var one in sent) batch.BatchCommands.Add(one.Command);
            using var reader = batch.ExecuteReader();
            // Statements that return nothing have no result of their own in the reader.
            foreach (var query in sent.Where(one => one.Row is not null))
            {
                while (reader.Read()) query.Row!(reader);
                reader.NextResult();
            }
        }
        foreach (var one in sent) if (one.Command.RecordsAffected == 0) one.Unchanged?.Invoke();
    }

    /// <summary>Forgets what waits, because the transaction that it belongs to is undone.</summary>
    public void Discard() => waiting.Clear();

    private void Add(Waiting one)
    {
        if (waiting.Count == Most) Send();
        waiting.Add(one);
    }

    private sealed record Waiting(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row, Action? Unchanged);
}
