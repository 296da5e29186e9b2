namespace ProactiveCare.Storage.PostgreSql;

/// <summary>
/// What waits on a connection until an answer is needed: many executions of one statement go to the server as one,
/// because the way there and back is what most of them cost.
/// </summary>
internal sealed class PostgresPipeline
{
    // What is asked and what is written never wait together: an answer knows all that was written before, no more.
    private readonly List<PostgresExecution> waiting = [];

    /// <summary>Whether anything waits.</summary>
    public bool Waits => waiting.Count > 0;

    public void Add(PostgresExecution execution)
    {
        if (waiting.Count > 0 && waiting[0].IsQuery != execution.IsQuery) Send();
        waiting.Add(execution);
    }

    /// <summary>Sends what waits if that is among it.</summary>
    public void Need(PostgresExecution execution)
    {
        if (!execution.IsSent) Send();
    }

    /// <summary>Sends what waits, and reads the answers.</summary>
    /// <exception cref="Npgsql.PostgresException">A statement was refused; the transaction is over.</exception>
    public void Send()
    {
        if (waiting.Count == 0) return;
        var sent = waiting[0].IsQuery ? Alike(waiting) : Neighbours(waiting);
        waiting.ForEach(one => one.IsSent = true);
        waiting.Clear();
        foreach (var same in sent) same[0].Statement.ExecuteAll(same);
    }

    // One question changes nothing for another, whatever their order.
    private static List<List<PostgresExecution>> Alike(List<PostgresExecution> asked) =>
        [.. asked.GroupBy(one => one.Statement).Select(same => same.ToList())];

    // What is written keeps its order.
    private static List<List<PostgresExecution>> Neighbours(List<PostgresExecution> posted)
    {
        var groups = new List<List<PostgresExecution>>();
        foreach (var one in posted)
        {
            if (groups.Count == 0 || groups[^1][0].Statement != one.Statement) groups.Add([]);
            groups[^1].Add(one);
        }
        return groups;
    }

    /// <summary>Forgets what waits, because the transaction that it belongs to is undone.</summary>
    public void Discard() => waiting.Clear();
}

/// <summary>One execution of a statement, waiting.</summary>
/// <param name="Statement">What is executed.</param>
/// <param name="Values">The values of its parameters.</param>
/// <param name="Read">Takes each row of a query; null for a statement that returns nothing.</param>
/// <param name="Unchanged">Called when it changed no row; null when that is as good.</param>
internal sealed record PostgresExecution(
    PostgresStatement Statement, object?[] Values, Action<Row>? Read, Action? Unchanged)
{
    public bool IsQuery => Read is not null;

    public bool IsSent { get; set; }
}
