using System.Data.Common;
using ProactiveCare.Storage;

namespace ProactiveCare.Worker.Settings;

/// <summary>A server's database for people: where it is, and never how one is let in.</summary>
internal static class ServerWords
{
    /// <summary>Host, port and name of the database.</summary>
    public static string Of(PostgresServer server)
    {
        var text = new DbConnectionStringBuilder { ConnectionString = server.ConnectionString };
        var database = Part(text, "Database", "DB") ?? Part(text, "Username", "User Name", "User Id", "UserId", "User");
        return $"{database ?? "?"} on {Part(text, "Host", "Server") ?? "?"}:{Part(text, "Port") ?? "5432"}";
    }

    /// <summary>Whether a text has the form of a connection string.</summary>
    public static bool IsConnection(string text)
    {
        try
        {
            return Part(new DbConnectionStringBuilder { ConnectionString = text }, "Host", "Server") is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? Part(DbConnectionStringBuilder text, params string[] names) =>
        names.Select(name => text.TryGetValue(name, out var value) ? value.ToString() : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
}
