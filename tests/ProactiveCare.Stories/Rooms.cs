using Npgsql;
using ProactiveCare.Storage;

namespace ProactiveCare.Stories;

/// <summary>Makes the installation of each story as a copy of one that was prepared, in memory where the system has
/// room there: what a power loss leaves is another program's question.</summary>
internal sealed class Rooms : IDisposable
{
    private readonly string root;
    private readonly string? server;
    private readonly Room prepared;
    private int count;

    /// <param name="server">The connection string of a server's superuser; null for files.</param>
    /// <param name="prepare">Makes the installation that stories begin with.</param>
    public Rooms(string? server, Action<DataFolder, string> prepare)
    {
        var memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        root = Directory.CreateDirectory(Path.Combine(memory, "stories-" + Guid.NewGuid().ToString("n"))).FullName;
        this.server = server;
        prepared = New();
        prepared.Create("template0");
        prepare(prepared.Folder, Jobs);
        prepared.Close();
    }

    /// <summary>The states reached by their stories.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Where the jobs of all stories lie.</summary>
    public string Jobs => Path.Combine(root, "jobs");

    public Room Open()
    {
        var room = New();
        room.CopyOf(prepared);
        return room;
    }

    public void Dispose()
    {
        prepared.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private Room New()
    {
        var number = Interlocked.Increment(ref count);
        var path = Path.Combine(root, $"story-{number}");
        return server is null ? new FileRoom(path) : new ServerRoom(path, server);
    }
}

/// <summary>The folder and database of one story.</summary>
internal abstract class Room(string path) : IDisposable
{
    public string Path => path;

    public abstract DataFolder Folder { get; }

    /// <summary>Makes an empty database, where it is not made with the installation.</summary>
    public abstract void Create(string like);

    public abstract void CopyOf(Room other);

    /// <summary>Ends every connection; no worker has it open.</summary>
    public abstract void Close();

    public abstract void Backup(string name);

    /// <summary>Puts a backup in the place of the database, behind the product's back.</summary>
    public abstract void RollBack(string name);

    public virtual void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}

/// <summary>A room whose database is a file.</summary>
internal sealed class FileRoom(string path) : Room(path)
{
    public override DataFolder Folder => new(Path);

    public override void Create(string like) { }

    public override void CopyOf(Room other)
    {
        Directory.CreateDirectory(Path);
        File.Copy(other.Folder.Database, Folder.Database);
    }

    public override void Close() { }

    public override void Backup(string name) => ProactiveCare.Storage.Backup.Write(Folder, Kept(name));

    public override void RollBack(string name)
    {
        foreach (var log in (string[])["-wal", "-shm"]) File.Delete(Folder.Database + log);
        File.Copy(Kept(name), Folder.Database, overwrite: true);
    }

    public string Kept(string name) => Folder.Inside("kept", name);
}

/// <summary>A room whose database is on a server; a backup is one by the server's own means.</summary>
internal sealed class ServerRoom(string path, string server) : Room(path)
{
    private readonly string name = "story_" + Guid.NewGuid().ToString("n");
    private readonly List<string> made = [];

    public override DataFolder Folder => new(Path) { Server = new(At(name, pooled: true)) };

    public override void Create(string like) => Copy(like, name);

    public override void CopyOf(Room other) => Copy(((ServerRoom)other).name, name);

    public override void Close()
    {
        Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        NpgsqlConnection.ClearPool(new NpgsqlConnection(At(name, pooled: true)));
    }

    public override void Backup(string name)
    {
        Close();
        Copy(this.name, Kept(name));
    }

    public override void RollBack(string name)
    {
        Close();
        Execute($"DROP DATABASE {this.name} WITH (FORCE)");
        Copy(Kept(name), this.name);
    }

    public override void Dispose()
    {
        Close();
        foreach (var each in made.Distinct()) Execute($"DROP DATABASE IF EXISTS {each} WITH (FORCE)");
        base.Dispose();
    }

    private string Kept(string name) => $"{this.name}_{name}";

    private void Copy(string from, string to)
    {
        made.Add(to);
        Execute($"CREATE DATABASE {to} TEMPLATE {from}");
    }

    private string At(string database, bool pooled) => new NpgsqlConnectionStringBuilder(server)
    {
        Database = database, MaxPoolSize = 10, Pooling = pooled,
    }.ToString();

    private void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(At("postgres", pooled: false));
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
