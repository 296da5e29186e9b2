using ProactiveCare.Storage;
using ProactiveCare.Worker;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

public sealed class SettingsTests : IDisposable
{
    private readonly Desk desk = new();

    public void Dispose() => desk.Dispose();

    [Fact]
    public void All_errors_are_reported_at_once_with_key_bound_and_value()
    {
        desk.File("bad.json", """
            {
              "Company": { "TimeZone": "Mars/Base", "ReplyTo": "nobody", "Nmae": "x" },
              "Jobs": { "Activation": "maybe" },
              "Telemetry": { "Retention": "0d" },
              "Summary": { "At": "25:00", "To": ["ops@example.com", "oops"] },
              "Http": { "Urls": "https://example.com" },
              "Node": "no_underscore",
              "Notices": { "DailyCap": 0, "Smtp": { "Port": 99999, "User": "u" } }
            }
            """);
        var told = desk.Run("users list --settings bad.json");
        Assert.Equal(2, told.Code);
        string[] expected =
        [
            "Company:TimeZone must be an IANA time zone such as UTC or America/New_York, but is 'Mars/Base'.",
            "Company:ReplyTo must be an e-mail address: 'nobody' is not an e-mail address",
            "Company:Nmae is not a key here; did you mean 'Name'?",
            "Node must be 1 to 60 letters, digits, dots and hyphens, but is 'no_underscore'.",
            "Jobs:Activation must be one of accept, auto, but is 'maybe'.",
            "Telemetry:Retention must be between 1d and 36500d, but is '0d'.",
            "Summary:At must be a time of day from 00:00 to 23:59, but is '25:00'.",
            "Summary:To must be an e-mail address: 'oops' is not an e-mail address",
            "Http:Urls must be none, or addresses such as http://127.0.0.1:8080, but is 'https://example.com'.",
            "Notices:DailyCap must be between 1 and 1,000, but is '0'.",
            "Notices:Smtp:Port must be between 1 and 65,535, but is '99999'.",
            "Notices:Smtp:User and Notices:Smtp:Password (or Notices:Smtp:TokenFile) must both be given, or neither.",
        ];
        Assert.All(expected, line => Assert.Contains(line, told.Error));
        Assert.Equal(expected.Length + 1, told.Error.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("--settings none.json", "There is no settings file")]
    [InlineData("--settings broken.json", "is not JSON")]
    [InlineData("--settings twice.json", "twice.json")]
    public void Unreadable_settings_file_is_named(string option, string words)
    {
        desk.File("broken.json", "{ \"Data\": ");
        desk.File("twice.json", """{ "Data": "a", "data": "b" }""");
        var told = desk.Run("users list " + option);
        Assert.Equal(2, told.Code);
        Assert.Contains(words, told.Error);
    }

    [Theory]
    [InlineData("""{ "Company": "Lantern" }""", "Company must be keys with values, but is a single value")]
    [InlineData("""{ "Summary": "07:00" }""", "Summary must be keys with values")]
    [InlineData("""{ "Data": { "Folder": "x" } }""", "Data must be a single value, but is a mapping")]
    [InlineData("""{ "Notices": { "DailyCap": [3] } }""", "Notices:DailyCap must be a single value, but is a list")]
    [InlineData("""{ "Notices": { "DailyCap": 1e1 } }""", "Notices:DailyCap must be a whole number, but is '1e1'")]
    [InlineData("""{ "Notices": { "QuietFrom": "9pm" } }""", "must be a time of day")]
    [InlineData("""{ "Company": { "ReplyTo": "ädä@example.com" } }""", "must have only ASCII before the @")]
    [InlineData("""{ "Notices": { "Dkim": { "Domain": "example.com" } } }""", "needs Domain, Selector and KeyFile")]
    [InlineData(
        """{ "Notices": { "Dkim": { "Domain": "a b", "Selector": "s", "KeyFile": "k" } } }""", "needs a Domain such")]
    [InlineData(
        """{ "Notices": { "Smtp": { "User": "u", "Password": "p", "TokenFile": "t" } } }""", "exclude each other")]
    [InlineData("""{ "Sources": { "Ware house": { } } }""", "must be keys with values, but is empty")]
    [InlineData("""{ "Sources": { "Ware": { "Lateness": "1m" } } }""", "Sources:Ware:ConnectionString must be given")]
    [InlineData("""{ "Sources": { "x": { "Latness": "1m" } } }""", "Sources:x:Latness is not a key here; did you mean")]
    [InlineData("[]", "cannot be read")]
    [InlineData("null", "cannot be read")]
    [InlineData("\0", "is not JSON")]
    public void Settings_of_another_form_are_refused(string text, string words)
    {
        desk.File("odd.json", text);
        var told = desk.Run("users list --settings odd.json");
        Assert.Equal(2, told.Code);
        Assert.Contains(words, told.Error);
        Assert.DoesNotContain("unexpected", told.Error);
    }

    [Theory]
    [InlineData("""{ "Smtp": { "Host": "mx", "CaFile": "none" } }""", "The CA file")]
    [InlineData("""{ "Smtp": { "Host": "mx", "User": "u", "TokenFile": "none" } }""", "The token file")]
    [InlineData("""{ "Dkim": { "Domain": "example.com", "Selector": "s", "KeyFile": "none" } }""", "The DKIM key")]
    public void Unusable_file_for_mail_is_refused_at_the_start(string notices, string words)
    {
        desk.File("odd.json", $$"""{ "Notices": {{notices}} }""");
        var settings = SettingsFile.Load(desk.Path, "odd.json", null, null);

        var refusal = Assert.Throws<UsageException>(
            () => NoticeSection.Transport(settings.Notices, TimeProvider.System));

        Assert.Contains($"{words} {Path.Combine(desk.Path, "none")} cannot be read", refusal.Message);
    }

    [Theory]
    [InlineData("Host=db;Port=6432;Database=care;Username=u;Password=hush", "care on db:6432")]
    [InlineData("server=db.example.com;username=u;password=hush", "u on db.example.com:5432")]
    public void Database_is_named_without_its_password(string connection, string words) =>
        Assert.Equal(words, new PostgresServer(connection).Place);

    [Theory]
    [InlineData("postgres://u:hush@db/care")]
    [InlineData("Database=care;Password=hush")]
    public void Connection_string_of_another_form_is_refused_and_not_repeated(string connection)
    {
        desk.File(
            "odd.json", $$"""{ "Database": { "Provider": "PostgreSql", "ConnectionString": "{{connection}}" } }""");
        var told = desk.Run("users list --settings odd.json");
        Assert.Equal(2, told.Code);
        Assert.Contains("Database:ConnectionString must be of the form", told.Error);
        Assert.DoesNotContain("hush", told.Error);
    }

    [Theory]
    [InlineData("""{ "Database": "Host=db;Password=hush" }""", "Database must be keys with values")]
    [InlineData("""{ "Sources": { "a": "Host=db;Password=hush" } }""", "Sources:a must be keys with values")]
    public void Value_in_place_of_a_section_is_not_repeated(string text, string words)
    {
        // Beside a server the settings of the test name its database, and keys of a section win over its value.
        TestDatabase.SkipUnlessFile();
        desk.File("odd.json", text);
        var told = desk.Run("users list --settings odd.json");
        Assert.Contains(words, told.Error);
        Assert.DoesNotContain("hush", told.Error);
    }

    [Fact]
    public void Keys_match_without_regard_to_case_and_lists_may_be_one_text()
    {
        desk.File("appsettings.json", """
            {
              "jobs": "mine",
              "summary": { "TO": "a@example.com, b@example.com", "at": " 06:30 " },
              "Notices": { "HoldUncertain": ["safety", "billing"], "DailyCap": "5", "Locale": "" },
              "Sources": { "warehouse": { "ConnectionString": "Host=w", "lateness": "5m" } }
            }
            """);
        var read = SettingsFile.Load(desk.Path, null, null, null);
        Assert.Equal(Path.Combine(desk.Path, "mine"), read.Jobs);
        Assert.Equal(["a@example.com", "b@example.com"], read.Summary.To.Select(to => to.Address));
        Assert.Equal((6, 30), (read.Summary.At.Hour, read.Summary.At.Minute));
        Assert.Equal(["billing", "safety"], read.Notices.HoldUncertain.Order());
        Assert.Equal((5, "en"), (read.Notices.DailyCap, read.Notices.Locale));
        Assert.Equal(
            Path.Combine(desk.Path, "other"), SettingsFile.Load(desk.Path, null, null, "other").Jobs);
    }

    [Fact]
    public void Server_is_backed_up_with_its_own_tools()
    {
        desk.File(
            "server.json",
            """
            { "Database": { "Provider": "PostgreSql", "ConnectionString": "Host=db;Database=care;Password=hush" } }
            """);
        foreach (var verb in (string[])["backup", "restore"])
        {
            var told = desk.Run($"db {verb} copy.db --settings server.json");
            Assert.Equal(2, told.Code);
            Assert.Contains("care on db:5432", told.Error);
            Assert.Contains(verb == "backup" ? "pg_dump" : "pg_restore", told.Error);
        }
    }

    [Fact]
    public void Worker_is_named_after_its_machine_and_process_unless_it_is_given_a_name()
    {
        var usual = SettingsFile.Load(desk.Path, null, null, null);
        Assert.Matches("^[A-Za-z0-9.-]{1,60}$", usual.Node);
        Assert.EndsWith($"-{Environment.ProcessId}", usual.Node);
        Assert.Equal(Path.Combine(desk.Path, "data", "refunds"), usual.Refunds);
        desk.File("appsettings.json", """{ "Node": "east-1", "Refunds": { "Folder": "billing" } }""");
        var given = SettingsFile.Load(desk.Path, null, null, null);
        Assert.Equal(("east-1", Path.Combine(desk.Path, "billing")), (given.Node, given.Refunds));
    }

    [Fact]
    public void Size_and_depth_of_settings_are_limited()
    {
        desk.File("deep.json", new string('[', 100_000));
        Assert.Contains("is not JSON", desk.Run("users list --settings deep.json").Error);
        Assert.Contains("larger than 1 MiB", desk.Run("users list --settings /dev/zero").Error);
    }

    [Fact]
    public void Command_line_overrides_the_given_file_and_that_the_file_of_the_folder()
    {
        desk.File("appsettings.json", """{ "Data": "here", "Logging": { "LogLevel": { "Default": "Debug" } } }""");
        desk.File("mine.json", """{ "Data": "mine" }""");
        desk.Run("db init");
        desk.Run("db init --settings mine.json");
        desk.Run("db init --settings mine.json --data told");
        Assert.Equal(["here", "mine", "told"], Directory.GetDirectories(desk.Path).Select(Path.GetFileName).Order());
    }
}
