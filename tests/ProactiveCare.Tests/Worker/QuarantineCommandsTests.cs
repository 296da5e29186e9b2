using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker;

public sealed class QuarantineCommandsTests : IDisposable
{
    private const string Customers = "customer_id;name;status\na;Ada;vip\nb;\"Bob\n;x\nc;Cy;gold\n";

    private readonly Desk desk = new() { OsUser = OsUsers.Current };

    public QuarantineCommandsTests()
    {
        Statuses("active");
        desk.Run("db init");
        desk.File("customers.csv", Customers);
        Assert.Equal(1, desk.Run("import customers customers.csv").Code);
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public void Rows_are_listed_with_kind_source_time_and_reason_and_shown_as_they_came()
    {
        var list = desk.Run("quarantine list --json").Json;
        Assert.Equal(4, list.GetProperty("count").GetInt32());
        Assert.Equal(
            [2, 3, 4, 5],
            list.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("line").GetInt32()));
        Assert.Equal("a;Ada;vip", list.GetProperty("rows")[0].GetProperty("content").GetString());
        Assert.Contains("status 'vip' is not one of active", desk.Run("quarantine list").Out);
        Assert.Equal(1, Count("--reason VIP"));
        Assert.Equal(0, Count("--reason v_p"));
        Assert.Equal(4, Count("--kind customers --source import"));
        Assert.Equal(0, Count("--kind sessions"));
        Assert.Equal(0, Count("--source player"));
        Assert.Equal(0, Count("--until 2026-01-01T00:00:00Z"));
        Assert.Equal(4, Count("--since 2026-01-01T00:00:00Z"));
        var shown = desk.Run("quarantine show 1").Out;
        Assert.Contains("customer_id;name;status\na;Ada;vip\n", shown);
        Assert.Contains("customers.csv, line 2; customers from import", shown);
        Assert.Equal(1, desk.Run("quarantine show 99").Code);
    }

    [Fact]
    public void Rows_are_stored_by_a_retry_once_the_settings_allow_them()
    {
        Assert.Equal((1, 4), Retry("--all", "setAside"));
        Statuses("active, VIP");
        Assert.Equal((1, 1), Retry("--all", "stored"));
        Assert.Equal("VIP", Read("SELECT status FROM customer WHERE customer_id = 'a'"));
        Assert.Equal(3, Count(""));
        Assert.Equal(1, Count("--state stored"));
        Statuses("active, VIP, gold");
        Assert.Equal((0, 1), Retry("4", "stored"));
        Assert.Equal((1, 0), Retry("4", "tried"));
        Assert.Equal("import.run quarantine.retry quarantine.retry quarantine.retry", Read(
            """
            SELECT string_agg(action, ' ' ORDER BY audit_id) FROM audit
            WHERE action IN ('import.run', 'quarantine.retry')
            """));
    }

    [Fact]
    public void Row_that_a_later_one_replaced_is_left()
    {
        desk.File("again.csv", "customer_id,name,status\na,Ada Byron,active\n");
        Assert.Equal(0, desk.Run("import customers again.csv").Code);
        Statuses("active, vip");
        Assert.Equal((0, 1), Retry("1", "replaced"));
        Assert.Equal("Ada Byron", Read("SELECT name FROM customer WHERE customer_id = 'a'"));
        Assert.Equal(1, Count("--state replaced"));
    }

    [Fact]
    public void Telemetry_is_read_again_with_its_source()
    {
        desk.File(
            "c.ndjson", """{"contact_id":"x","customer_id":"a","contacted_at":"2099-01-01T00:00:00Z","topic":"t"}""");
        Assert.Equal(1, desk.Run("import contacts c.ndjson --source desk").Code);
        Assert.Equal((1, 1), Retry("--kind contacts", "setAside"));
        desk.Clock = new StandingTime(Time.Parse("2099-01-02T00:00:00Z"));
        Assert.Equal((0, 1), Retry("--kind contacts", "stored"));
        Assert.Equal("desk", Read("SELECT source FROM contact"));
    }

    [Fact]
    public void Retry_needs_a_choice_and_the_role_operator()
    {
        Assert.Equal(2, desk.Run("quarantine retry").Code);
        Assert.Equal(2, desk.Run("quarantine retry 1 --all").Code);
        desk.OsUser = "stranger";
        var told = desk.Run("quarantine retry 1");
        Assert.Equal(2, told.Code);
        Assert.Contains("is not a user of this installation", told.Error);
    }

    private void Statuses(string statuses) => desk.File(
        "appsettings.json",
        $$"""{ "Http": { "Urls": "none" }, "Customers": { "Statuses": [{{Quoted(statuses)}}] } }""");

    private static string Quoted(string statuses) =>
        string.Join(", ", statuses.Split(", ").Select(status => $"\"{status}\""));

    private int Count(string options) =>
        desk.Run($"quarantine list {options} --json").Json.GetProperty("count").GetInt32();

    private (int Code, int Count) Retry(string which, string count)
    {
        var told = desk.Run($"quarantine retry {which} --json");
        return (told.Code, told.Json.GetProperty(count).GetInt32());
    }

    private string? Read(string sql)
    {
        using var store = Store.OpenReadOnly(desk.Folder);
        return store.Read(db => db.ExecuteScalar<string>(sql));
    }
}
