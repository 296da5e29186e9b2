using System.Data;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace ProactiveCare.Storage.PostgreSql;

/// <summary>A connection to PostgreSQL that keeps its prepared statements until it closes.</summary>
internal sealed class PostgresConnection : DbConnection, IPreparing
{
    public PostgresConnection(NpgsqlConnection inner) => (Inner, Statements) = (inner, new(this));

    /// <summary>Npgsql's own connection.</summary>
    public NpgsqlConnection Inner { get; }

    public Statements Statements { get; }

    [AllowNull]
    public override string ConnectionString
    {
        get => Inner.ConnectionString;
        set => Inner.ConnectionString = value;
    }

    public override string Database => Inner.Database;

    public override string DataSource => Inner.DataSource;

    public override string ServerVersion => Inner.ServerVersion;

    public override ConnectionState State => Inner.State;

    public override void ChangeDatabase(string databaseName) => Inner.ChangeDatabase(databaseName);

    public override void Open() => Inner.Open();

    public override void Close()
    {
        Statements.Clear();
        Inner.Close();
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        Inner.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => Inner.CreateCommand();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Statements.Clear();
            Inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
