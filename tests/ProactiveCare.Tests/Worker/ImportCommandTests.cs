using Dapper;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;

namespace ProactiveCare.Tests.Worker;

public sealed class ImportCommandTests : IDisposable
{
    private const string Good =
        """
        customer_id,email,name,locale,status
        c1,ann@example.com,Ann,en-US,active
        c2,bo@example.com,Bo,en-US,active

        """;

    private readonly Desk desk = new() { OsUser = OsUsers.Current };

    public ImportCommandTests()
    {
        desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        desk.Run("db init");
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public void Counts_add_up_and_bad_rows_are_shown_with_line_and_reason()
    {
        desk.File("in/customers.csv", Good + "c3,c3@example.com,Cy,en-US,vip\n");
        var told = desk.Run("import customers in/customers.csv");
        Assert.Equal((1, ""), (told.Code, told.Error));
        Assert.Contains("3 customers received, 2 new, 0 revised, 0 known already, 1 set aside", told.Out);
        Assert.Contains("line 4: status 'vip' is not one of active, ", told.Out);
        Assert.Contains("quarantine list", told.Out);
        var again = desk.Run("import customers in/customers.csv --json").Json[0];
        Assert.Equal(2, again.GetProperty("duplicate").GetInt32());
        Assert.Equal(1, again.GetProperty("quarantined").GetInt32());
    }

    [Fact]
    public void Exit_code_is_1_when_more_rows_are_set_aside_in_all_files_than_are_tolerated()
    {
        desk.File("a.csv", Good + "c3,c3@example.com,Cy,en-US,vip\n");
        desk.File("b.csv", "customer_id,status\nc4,active,x\nc5,active\n");
        Assert.Equal(1, desk.Run("import customers a.csv b.csv").Code);
        Assert.Equal(1, desk.Run("import customers a.csv b.csv --tolerate 1").Code);
        Assert.Equal(0, desk.Run("import customers a.csv b.csv --tolerate 2").Code);
    }

    [Fact]
    public void Value_that_only_a_notice_needs_is_left_out_and_said()
    {
        desk.File("c.csv", "customer_id,email,locale,status\nc1,nobody,de_DE,Active\n");
        var told = desk.Run("import customers c.csv");
        Assert.Equal((0, ""), (told.Code, told.Error));
        Assert.Contains("1 new, 0 revised, 0 known already, 0 set aside", told.Out);
        Assert.Contains("1 row stored without a value that cannot be used:", told.Out);
        Assert.Contains("line 2: email 'nobody' is not an address that mail can be sent to", told.Out);
        var kept = Assert.Single(desk.Run("quarantine list --json").Json.GetProperty("leftOut").EnumerateArray());
        Assert.Equal(("customers", "c1"), (kept.GetProperty("kind").GetString(), kept.GetProperty("id").GetString()));
        Assert.Contains("email 'nobody'", desk.Run("quarantine list").Out);
    }

    [Theory]
    [InlineData("import customers none.csv", "There is no file")]
    [InlineData("import customers in", "is a folder")]
    [InlineData("import customers wrong.csv", "colour")]
    [InlineData("import cheese a.csv", "cheese")]
    [InlineData("import customers", "FILE is missing")]
    public void Unusable_import_is_refused_with_the_reason(string command, string words)
    {
        desk.File("in/x", "");
        desk.File("wrong.csv", "customer_id,colour\n1,red\n");
        var told = desk.Run(command);
        Assert.Equal(2, told.Code);
        Assert.Contains(words, told.Error);
    }

    [Fact]
    public async Task Running_worker_imports_a_file_or_standard_input_of_the_client()
    {
        desk.File("customers.csv", Good);
        using var worker = await RunningWorker.Start(desk);
        var file = await desk.Type("import customers customers.csv");
        Assert.Equal((0, ""), (file.Code, file.Error));
        Assert.Contains("2 new", file.Out);
        var input = await desk.Type("import customers -", Good.Replace("c1", "c9", StringComparison.Ordinal));
        Assert.Equal((0, ""), (input.Code, input.Error));
        Assert.Contains("1 new, 0 revised, 1 known already", input.Out);
        var missing = await desk.Type("import customers customers.csv none.csv");
        Assert.Equal(2, missing.Code);
        Assert.Contains("There is no file", missing.Error);
        await worker.Stop();
    }

    [Fact]
    public async Task Large_file_goes_through_the_socket_whole()
    {
        var rows = string.Concat(
            Enumerable.Range(0, 30_000).Select(i => $"k{i},k{i}@example.com,Kim {i},en-US,active\n"));
        desk.File("many.csv", Good + rows);
        using var worker = await RunningWorker.Start(desk);
        var told = await desk.Type("import customers many.csv --json");
        Assert.Equal(30_002, told.Json[0].GetProperty("stored").GetInt32());
        await worker.Stop();
        using var store = Store.OpenReadOnly(desk.Folder);
        Assert.Equal(30_002, store.Read(db => db.ExecuteScalar<long>("SELECT count(*) FROM customer")));
    }

    [Fact]
    public void Books_of_a_new_installation_are_sound_and_can_be_exported()
    {
        var check = desk.Run("ledger check --json");
        Assert.Equal(0, check.Code);
        Assert.True(check.Json.GetProperty("sound").GetBoolean());
        foreach (var format in new[] { "hledger", "beancount", "csv", "json" })
            Assert.Equal((0, ""), (desk.Run($"ledger export --format {format}").Code, ""));
        Assert.Equal(0, desk.Run("ledger export --format csv --output books.csv").Code);
        Assert.True(new FileInfo(Path.Combine(desk.Path, "books.csv")).Length > 0);
        Assert.Equal(2, desk.Run("ledger export --format abacus").Code);
    }
}
