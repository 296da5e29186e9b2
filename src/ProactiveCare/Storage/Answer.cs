namespace ProactiveCare.Storage;

/// <summary>The rows of a query that was asked together with others; they are there once they are looked at.</summary>
internal sealed class Answer<T>
{
    private readonly List<T> rows;
    private Action? send;

    /// <param name="rows">Where the rows are put.</param>
    /// <param name="send">Sends what waits, this query with it; null when the rows are there.</param>
    public Answer(List<T> rows, Action? send) => (this.rows, this.send) = (rows, send);

    public IReadOnlyList<T> Rows
    {
        get
        {
            send?.Invoke();
            send = null;
            return rows;
        }
    }

    /// <summary>The first row; the default when there is none.</summary>
    public T? First => Rows.Count == 0 ? default : rows[0];
}
