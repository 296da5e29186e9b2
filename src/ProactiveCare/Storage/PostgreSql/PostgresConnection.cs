using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>A connection to PostgreSQL that keeps the statements that were prepared on it until it closes.</summary>
internal sealed class PostgresConnection : DbConnection, IPreparing
{
    private readonly NpgsqlConnection inner;

    public PostgresConnection(NpgsqlConnection inner) =>
        (this.inner, Statements) = (inner, new(this));

    /// <summary>Npgsql's own connection, to which nothing waits to be sent.</summary>
    public NpgsqlConnection Inner
    {
        get
        {
            Pipeline.Send();
            return inner;
        }
    }

    public Statements Statements { get; }

    public PostgresPipeline Pipeline { get; } = new();

    [AllowNull]
    public override string ConnectionString
    {
        get => inner.ConnectionString;
        set => inner.ConnectionString = value;
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override void ChangeDatabase(string databaseName) => inner.ChangeDatabase(databaseName);

    public override void Open() => inner.Open();

    public override void Close()
    {
        Statements.Clear();
        inner.Close();
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        Inner.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => Inner.CreateCommand();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Statements.Clear();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
