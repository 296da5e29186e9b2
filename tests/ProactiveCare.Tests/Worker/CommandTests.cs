using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Worker;

public sealed class CommandTests : IDisposable
{
    private readonly Desk desk = new();

    public void Dispose() => desk.Dispose();

    [Fact]
    public void First_user_is_the_installer_and_has_all_roles()
    {
        var made = desk.Run("db init --email ada@example.com");
        Assert.Equal((0, ""), (made.Code, made.Error));
        Assert.Contains("You are ada, with the roles operator, finance, admin", made.Out);
        var users = desk.Run("users list --json").Json;
        Assert.Equal(1, users.GetArrayLength());
        Assert.Equal("ada@example.com", users[0].GetProperty("email").GetString());
        Assert.Equal(
            ["operator", "finance", "admin"],
            users[0].GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
    }

    [Fact]
    public void Second_init_changes_nothing()
    {
        desk.Run("db init");
        var again = desk.Run("db init");
        Assert.Equal(2, again.Code);
        Assert.Contains("nothing was changed", again.Error);
    }

    [Fact]
    public void Unknown_user_is_refused_with_advice()
    {
        desk.Run("db init");
        desk.OsUser = "mallory";
        var refused = desk.Run("users add mallory --role admin");
        Assert.Equal(2, refused.Code);
        Assert.Contains("mallory is not a user", refused.Error);
        Assert.Contains("proactive-care users add mallory --os-user mallory --role admin", refused.Error);
        Assert.DoesNotContain("   at ", refused.Error);
        desk.OsUser = "ada";
        Assert.Equal(1, desk.Run("users list --json").Json.GetArrayLength());
    }

    [Fact]
    public void User_without_a_name_is_refused()
    {
        desk.Run("db init");
        var refused = desk.Run("users add \u3000 --role finance");
        Assert.Equal(2, refused.Code);
        Assert.Contains("A user needs a name", refused.Error);
        Assert.Equal(1, desk.Run("users list --json").Json.GetArrayLength());
    }

    [Fact]
    public void Disabled_user_and_user_without_the_role_are_refused()
    {
        desk.Run("db init");
        Assert.Equal(0, desk.Run("users add fin --os-user fin --role finance").Code);
        desk.OsUser = "fin";
        Assert.Contains("needs the role admin; fin has finance", desk.Run("users add x --role admin").Error);
        desk.OsUser = "ada";
        Assert.Equal(0, desk.Run("users disable fin").Code);
        desk.OsUser = "fin";
        var refused = desk.Run("notices deliver");
        Assert.Equal(2, refused.Code);
        Assert.Contains("fin is disabled", refused.Error);
    }

    [Theory]
    [InlineData("users disable ada", "cannot disable yourself")]
    [InlineData("users set ada --role finance", "cannot take the role admin from yourself")]
    public void Admin_cannot_lock_everybody_out(string command, string words)
    {
        desk.Run("db init");
        var refused = desk.Run(command);
        Assert.Equal(2, refused.Code);
        Assert.Contains(words, refused.Error);
        Assert.Contains("admin", desk.Run("users list").Out);
    }

    [Fact]
    public void Audit_log_names_the_admin_of_each_action()
    {
        desk.Run("db init");
        desk.Run("users add fin --role finance");
        using var store = Store.OpenReadOnly(desk.Folder);
        var line = Assert.Single(store.Read(db => AuditLog.Of(db, "user:fin")));
        Assert.Equal(("ada", "user.add"), (line.Actor, line.Action));
    }

    [Theory]
    [InlineData("users lits", "'lits'", "How it is used: proactive-care users --help")]
    [InlineData("users add", "NAME", "proactive-care users add --help")]
    [InlineData("users add x --role boss", "'boss'", "proactive-care users add --help")]
    [InlineData("db", "Choose one of: init, migrate, backup, restore, restored, check.", "proactive-care db --help")]
    [InlineData("--nonsense", "--nonsense", "proactive-care --help")]
    public void Wrong_usage_is_reported_with_the_help_to_read(string command, string what, string where)
    {
        var told = desk.Run(command);
        Assert.Equal((2, ""), (told.Code, told.Out));
        Assert.Contains(what, told.Error);
        Assert.Contains(where, told.Error);
    }

    [Fact]
    public void Option_now_is_refused_in_a_real_installation_and_accepted_in_a_simulated_one()
    {
        TestDatabase.SkipUnlessFile();
        desk.Run("db init");
        var refused = desk.Run("users list --now 2026-03-14T12:00:00Z");
        Assert.Equal(2, refused.Code);
        Assert.Contains("is a real one", refused.Error);

        Assert.Equal(0, desk.Run("db init --data sim --simulated --now 2020-01-01T00:00:00Z").Code);
        Assert.Equal(0, desk.Run("users add eve --role finance --data sim --now 2020-02-02T00:00:00+01:00").Code);
        Assert.Equal(0, desk.Run("users disable eve --data sim --now 2020-02-03T00:00:00Z").Code);
        var eve = desk.Run("users list --json --data sim").Json.EnumerateArray()
            .Single(u => u.GetProperty("name").GetString() == "eve");
        Assert.Equal("2020-02-03T00:00:00Z", eve.GetProperty("disabledAt").GetString());
    }

    [Theory]
    [InlineData("users list --now yesterday", "'yesterday' is not an instant")]
    [InlineData("db init --data other --now 2020-01-01T00:00:00Z", "--simulated")]
    [InlineData("run --data sim --now 2020-01-01T00:00:00Z", "takes no --now")]
    public void Invalid_time_is_refused(string command, string words)
    {
        desk.Run("db init --data sim --simulated");
        var told = desk.Run(command);
        Assert.Equal(2, told.Code);
        Assert.Contains(words, told.Error);
        Assert.False(new DataFolder(Path.Combine(desk.Path, "other")).Exists);
    }

    [Fact]
    public void Run_on_an_empty_folder_gives_advice_and_creates_nothing()
    {
        TestDatabase.SkipUnlessFile();
        foreach (var command in new[] { "", "run" })
        {
            var told = desk.Run(command);
            Assert.Equal((2, ""), (told.Code, told.Out));
            Assert.Contains("proactive-care db init", told.Error);
            Assert.Contains("proactive-care demo", told.Error);
            Assert.Contains("proactive-care jobs check", told.Error);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(desk.Path));
    }

    [Fact]
    public void Backup_is_checked_restored_and_audited()
    {
        TestDatabase.SkipUnlessFile();
        desk.Run("db init");
        Assert.Contains("checked and sound", desk.Run("db backup copy.db").Out);
        Assert.Equal(2, desk.Run("db backup copy.db").Code);
        desk.Run("users add later --role finance");
        var restored = desk.Run("db restore copy.db --json");
        Assert.Equal(0, restored.Code);
        Assert.True(File.Exists(restored.Json.GetProperty("kept").GetString()));
        Assert.Equal(1, desk.Run("users list --json").Json.GetArrayLength());
        using (var store = Store.OpenReadOnly(desk.Folder))
            Assert.Equal(["ada database.restore", "proactive-care database.look"], store.Read(db =>
                AuditLog.Of(db, "database:").Select(line => $"{line.Actor} {line.Action}")));
        Assert.Equal(0, desk.Run("db check").Code);
        Assert.Equal(0, desk.Run("db migrate").Code);
    }

    [Fact]
    public void Restore_needs_the_admin_role()
    {
        TestDatabase.SkipUnlessFile();
        desk.Run("db init");
        desk.Run("db backup copy.db");
        desk.OsUser = "mallory";
        Assert.Contains("not a user", desk.Run("db restore copy.db").Error);
    }

    [Fact]
    public void Damaged_database_gives_exit_code_1()
    {
        TestDatabase.SkipUnlessFile();
        desk.Run("db init");
        var bytes = File.ReadAllBytes(desk.Folder.Database);
        for (var i = 8192; i < bytes.Length; i += 64) bytes[i] ^= 0x5a;
        File.WriteAllBytes(desk.Folder.Database, bytes);
        var told = desk.Run("db check");
        Assert.Equal(1, told.Code);
        Assert.Contains("damaged", told.Out);
    }

    [Fact]
    public void Verbs_without_an_installation_name_the_one_that_makes_it()
    {
        TestDatabase.SkipUnlessFile();
        foreach (
            var command in new[]
            { "users list", "users add x --role admin", "db check", "db backup x", "notices list", "notices deliver" })
        {
            var told = desk.Run(command);
            Assert.Equal((2, ""), (told.Code, told.Out));
            Assert.Contains("db init", told.Error);
        }
    }

    [Fact]
    public void Health_without_a_worker_is_unhealthy()
    {
        desk.File("appsettings.json", """{ "Http": { "Urls": "http://127.0.0.1:1" } }""");
        var told = desk.Run("health --json");
        Assert.Equal(1, told.Code);
        Assert.Equal("unreachable", told.Json.GetProperty("status").GetString());
    }

    [Fact]
    public void Names_cannot_move_the_terminals_cursor()
    {
        desk.Run("db init");
        desk.Run("users add x\u001b[2Jy --os-user z --role finance");
        Assert.DoesNotContain('\u001b', desk.Run("users list").Out);
        desk.Rich = true;
        Assert.DoesNotContain("\u001b[2J", desk.Run("users list").Out, StringComparison.Ordinal);
        Assert.Contains('╭', desk.Run("users list").Out);
    }

    [Fact]
    public void Every_verb_has_help_with_an_example_of_itself()
    {
        var groups = Verbs(desk.Run("--help").Out);
        Assert.Contains("db", groups);
        foreach (var group in groups)
        {
            var help = desk.Run($"{group} --help");
            Assert.Equal(0, help.Code);
            Assert.Contains($"  proactive-care {group}", help.Out.Split("Example")[^1]);
            foreach (var verb in Verbs(help.Out))
            {
                var own = desk.Run($"{group} {verb} --help");
                Assert.Contains($"  proactive-care {group} {verb}", own.Out.Split("Example")[^1]);
                Assert.Contains("--json", own.Out);
            }
        }
    }

    private static List<string> Verbs(string help) =>
    [
        .. help.Split('\n').SkipWhile(line => line.Trim() != "Commands:").Skip(1)
            .TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Where(line => line.Length > 2 && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]),
    ];
}
