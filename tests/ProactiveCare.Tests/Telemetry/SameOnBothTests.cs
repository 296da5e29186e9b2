using System.Globalization;
using Dapper;
using FsCheck;
using FsCheck.Fluent;
using ProactiveCare.Audit;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Tests.Telemetry;

/// <summary>
/// PostgreSQL imports a batch as a set, SQLite row by row: the outcomes of the rows and the stored data are equal.
/// </summary>
public sealed class SameOnBothTests : IDisposable
{
    private const string At = "2026-03-14T10:00:00Z";

    private static readonly Config Repeatable =
        Config.QuickThrowOnFailure.WithReplay(20_260_314UL, 5UL).WithMaxTest(25).WithQuietOnSuccess(true);

    private readonly Installed shared = new();
    private readonly Installed inFile = Installed.InFile();

    public SameOnBothTests() => TestDatabase.SkipUnlessServer();

    public void Dispose()
    {
        shared.Dispose();
        inFile.Dispose();
    }

    [Theory]
    [InlineData("customers", "customer")]
    [InlineData("premises", "premises")]
    [InlineData("purchases", "purchase")]
    [InlineData("refunds", "refund")]
    [InlineData("sessions", "session")]
    [InlineData("events", "event")]
    [InlineData("contacts", "contact")]
    public void Repeated_ids_within_and_across_batches_give_equal_results(string kind, string table)
    {
        // Refunds and purchases depend on each other.
        var kinds = kind is "purchases" or "refunds" ? new[] { "purchases", "refunds" } : [kind];
        var rows =
            from drawn in Gen.Elements(kinds)
            from count in Gen.Choose(1, 60)
            from ids in Gen.Choose(0, 12).ArrayOf(count)
            from contents in Gen.Choose(0, 3).ArrayOf(count)
            select (drawn, ids.Zip(contents));
        Prop.ForAll(Arb.From(rows), drawn =>
        {
            var (of, pairs) = drawn;
            var csv = string.Join('\n', pairs.Select(pair => Line(of, pair.First, pair.Second)).Prepend(Header(of)));
            var (here, there) = (inFile.Import(of, csv), shared.Import(of, csv));
            Assert.Equal(here.Counts(), there.Counts());
            Assert.Equal(here.FirstQuarantined, there.FirstQuarantined);
            Assert.Equal(Contents(inFile, table), Contents(shared, table));
            Assert.Equal(Contents(inFile, "quarantine"), Contents(shared, "quarantine"));
            Assert.Equal(Contents(inFile, "import"), Contents(shared, "import"));
        }).Check(Repeatable);
        if (Kinds.All.Single(each => each.Name == kind).Numbered)
            Assert.Equal(0, shared.One<long>($"SELECT COUNT(*) FROM {table} WHERE arrival IS NULL"));
    }

    [Fact]
    public void File_keeps_its_order_in_the_arrival_numbers()
    {
        var csv = "contact_id,customer_id,contacted_at,topic\n" + string.Concat(Enumerable.Range(0, 3000)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i * 7919L % 3000},c1,{At},x{i}\n")));
        shared.Import("contacts", csv);
        inFile.Import("contacts", csv);
        const string InOrder = "SELECT arrival, contact_id FROM contact ORDER BY arrival";
        Assert.Equal(inFile.Read(db => db.Query<(long, string)>(InOrder).ToList()),
            shared.Read(db => db.Query<(long, string)>(InOrder).ToList()));
    }

    [Fact]
    public async Task Two_nodes_importing_the_same_rows_store_each_once()
    {
        var by = shared.Write(db => Actors.System(db, shared.Clock.Now()));
        using var other = Store.Open(shared.Folder, shared.Clock);
        var results = await Task.WhenAll(new[] { shared.Store, other }.Select((store, node) => Task.Run(async () =>
        {
            var all = new List<ImportResult>();
            for (var file = 0; file < 12; file++)
            {
                // Each in an order of its own, so that they wait for each other in both directions.
                var ids = Enumerable.Range(file * 50, 200).OrderBy(i => i * (node == 0 ? 7919L : 104_729L) % 1009);
                var csv = "contact_id,customer_id,contacted_at,topic\n"
                    + string.Concat(ids.Select(i => FormattableString.Invariant($"n{i},c1,{At},x\n")));
                using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(csv));
                all.Add(await Import.Run(
                    store, new ImportRequest("contacts", "x", "import", by), stream, shared.Clock));
            }
            return all;
        })));
        const int Ids = (11 * 50) + 200;
        Assert.Equal(Ids, results.SelectMany(all => all).Sum(result => result.Stored));
        Assert.Equal(0, results.SelectMany(all => all).Sum(result => result.Revised));
        Assert.Equal((Ids, Ids, Ids), shared.Read(db => (
            db.ExecuteScalar<int>("SELECT COUNT(DISTINCT arrival) FROM contact"),
            db.ExecuteScalar<int>("SELECT MAX(arrival) FROM contact"), (int)Arrivals.Latest(db))));
    }

    private static string Header(string kind) => kind switch
    {
        "customers" => "customer_id,email,name,locale,status",
        "premises" => "premises_id,customer_id,latitude,longitude",
        "purchases" => "purchase_id,customer_id,kind,title,amount,currency,purchased_at",
        "refunds" => "refund_id,purchase_id,customer_id,amount,currency,refunded_at,by",
        "sessions" => Importing.SessionHeader,
        "events" => "event_id,kind,customer_id,subject,occurred_at,data",
        _ => "contact_id,customer_id,contacted_at,topic",
    };

    // Content 3 is a row that cannot be read, but for purchases and refunds one that the others contradict.
    private static string Line(string kind, int id, int content) => kind switch
    {
        "customers" => $"x{id},{(content == 3 ? "nobody" : "a@example.com")},Name {content},en-US,active",
        "premises" => $"x{id},c{content},{(content == 3 ? "91" : "40.5")},-105.25",
        "purchases" => $"x{id},c1,rental,Film,{content + 1}.00,{(content == 3 ? "EUR" : "USD")},{At}",
        "refunds" => $"r{id},x{(id + content) % 13},c1,{content + 1}.00,USD,{At},agent",
        "sessions" => Importing.Session($"x{id}", $"60{content}", content == 3 ? "999" : "0.5"),
        "events" => $"x{id},price-changed,c1,s{content},{At},{(content == 3 ? "{" : "true")}",
        _ => $"x{id},c1,{(content == 3 ? "soon" : At)},topic {content}",
    };

    // Without the columns that each database numbers by itself.
    private static List<string> Contents(Installed here, string table) =>
        [
            .. here.Read(db => db.Query($"SELECT * FROM {table}").Cast<IDictionary<string, object?>>().Select(row =>
                string.Join('|', row.Where(column => column.Key is not ("arrival" or "row_id" or "customer_number"))
                    .OrderBy(column => column.Key, StringComparer.Ordinal)
                    .Select(column => $"{column.Key}={Shown(column.Value)}"))).Order(StringComparer.Ordinal).ToList()),
        ];

    private static string Shown(object? value) => value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
