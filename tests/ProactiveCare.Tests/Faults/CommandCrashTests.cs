using ProactiveCare.Storage;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Faults;

/// <summary>Commands without a worker, killed at each of their points and repeated.</summary>
public sealed class CommandCrashTests : IDisposable
{
    private readonly Desk desk;

    public CommandCrashTests()
    {
        TestDatabase.SkipUnlessFile();
        desk = new Desk();
    }

    public void Dispose() => desk.Dispose();

    [Theory]
    [InlineData("Installation.Create:before")]
    [InlineData("Migrations.Apply:before")]
    [InlineData("Migrations.Apply:done")]
    [InlineData("Migrations.Apply:after")]
    [InlineData("Installation.Create:migrated")]
    [InlineData("Installation.Create:whole")]
    public async Task Killed_init_leaves_nothing_and_can_be_repeated(string point)
    {
        await Die("db init", point);
        Assert.False(desk.Folder.Exists);
        await Do("db init");
        Assert.Equal(1, desk.Run("users list --json").Json.GetArrayLength());
    }

    [Fact]
    public async Task Killed_init_leaves_nothing_or_an_installation_with_its_first_user()
    {
        await Die("db init", "Installation.Create:after");
        Assert.Equal(1, desk.Run("users list --json").Json.GetArrayLength());
        Assert.Empty(Invariants.Broken(desk.Folder));
    }

    [Theory]
    [InlineData("Backup.Write:before")]
    [InlineData("Backup.Write:copied")]
    [InlineData("Backup.Write:flushed")]
    public async Task Killed_backup_leaves_no_backup_and_can_be_repeated(string point)
    {
        await Do("db init");
        await Die("db backup copy.db", point);
        Assert.False(File.Exists(Path.Combine(desk.Path, "copy.db")));
        await Do("db backup copy.db");
        Assert.Empty(Backup.Check(Path.Combine(desk.Path, "copy.db")));
    }

    [Theory]
    [InlineData("Backup.Restore:copied", 2)]
    [InlineData("Backup.Write:copied", 2)]
    [InlineData("Backup.Restore:kept", 2)]
    [InlineData("Backup.Restore:log gone", 2)]
    [InlineData("Backup.Restore:before", 2)]
    [InlineData("Backup.Restore:after", 1)]
    public async Task Killed_restore_leaves_the_old_or_the_new_database_whole(string point, int users)
    {
        await Do("db init");
        await Do("db backup copy.db");
        await Die("users add fin --role finance", "AccessOperations.Save:after");
        Assert.Equal(2, desk.Run("users list --json").Json.GetArrayLength());
        await Die("db restore copy.db", point);
        Assert.Empty(Invariants.Broken(desk.Folder));
        Assert.Equal(users, desk.Run("users list --json").Json.GetArrayLength());
        await Do("db restore copy.db");
        Assert.Equal(1, desk.Run("users list --json").Json.GetArrayLength());
    }

    private async Task Die(string command, string point)
    {
        using var process = WorkerProcess.Start(desk, command, ("PROACTIVE_CARE_CRASH_AT", point));
        await process.Ended;
        Assert.True(process.ExitCode == 137, $"{command} was not killed at {point}.");
    }

    private async Task Do(string command)
    {
        using var process = WorkerProcess.Start(desk, command);
        await process.Ended;
        Assert.True(process.ExitCode == 0, string.Join('\n', process.Said));
    }
}
