using System.Globalization;
using System.Text;
using NodaTime;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Scenarios;

/// <summary>Rows and files from outside.</summary>
internal sealed partial class Story
{
    private const string Played = "session_id,customer_id,purchase_id,content_id,title,started_at,ended_at";
    private const string Seen = "watch_seconds,stall_seconds,stall_count,startup_failed";

    public Story Given(string kind, string csv, string source = "import")
    {
        Assert.Empty(Import(kind, csv, source).FirstQuarantined);
        return this;
    }

    public ImportResult Import(string kind, string csv, string source = "import")
    {
        var lines = csv.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var text = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var file = kind == "alerts" ? "alerts.json" : kind + ".csv";
        return Do(Product.Imports.Run(Ops, kind, file, source, text, CancellationToken.None));
    }

    public Story Customer(
        string id, string locale = "en-US", string zone = "America/New_York", string status = "active",
            string plan = "",
        string currency = "USD", string? email = null) =>
        Given("customers", $"""
            customer_id,email,name,locale,time_zone,status,plan,currency
            {id},{email ?? id + "@example.com"},{Capital(id)},{locale},{zone},{status},{plan},{currency}
            """);

    public Story Rental(
        string purchase, string customer, string amount = "4.99", string currency = "USD", string kind = "rental") =>
        Given("purchases", $"""
            purchase_id,customer_id,kind,title,amount,currency,purchased_at,payment_ref
            {purchase},{customer},{kind},Arrival,{amount},{currency},{Now.Iso()},card-{purchase}
            """);

    /// <summary>A session that ends now, after half an hour with so many seconds of stalls.</summary>
    public Story Watched(string session, string customer, string? purchase, int stalled = 180, string? at = null) =>
        Given("sessions", Session(session, customer, purchase, stalled, at is null ? Now : Time.Parse(at)));

    /// <summary>The row of a session that ended then, after half an hour with so many seconds of stalls.</summary>
    public static string Session(string session, string customer, string? purchase, int stalled, Instant end)
    {
        var (start, stalls) = (end - Duration.FromMinutes(30), stalled > 0 ? 4 : 0);
        return $"""
            {Played},{Seen}
            {session},{customer},{purchase},m-1,Arrival,{start.Iso()},{end.Iso()},1800,{stalled},{stalls},false
            """;
    }

    /// <summary>A failed start, now.</summary>
    public Story FailedStart(string session, string customer, string? purchase) => Given("sessions", $"""
        {Played},{Seen}
        {session},{customer},{purchase},m-1,Arrival,{Now.Iso()},{Now.Iso()},0,0,0,true
        """);

    /// <summary>A rental of this customer, with all its rows, that stalled until now.</summary>
    public Story BadEvening(string customer, string amount = "4.99", string currency = "USD", string kind = "rental") =>
        Customer(customer)
            .Rental("p-" + customer, customer, amount, currency, kind)
            .Watched("s-" + customer, customer, "p-" + customer);

    /// <summary>Somebody else gives money back for a purchase, now.</summary>
    public Story RefundedBy(
        string by, string purchase, string customer, string amount = "4.99", string status = "") =>
        Given("refunds", $"""
        refund_id,purchase_id,customer_id,amount,currency,refunded_at,by,status
        r-{purchase},{purchase},{customer},{amount},USD,{Now.Iso()},{by},{status}
        """);

    public Story Contacted(string customer) => Given("contacts", $"""
        contact_id,customer_id,contacted_at,topic
        k-{customer},{customer},{Now.Iso()},playback
        """);

    /// <summary>A home, in the Northern Black Hills unless it is said to be elsewhere.</summary>
    public Story Home(
        string customer, string zone = "SDZ024", string county = "46081", string timeZone = "America/Denver",
        string id = "h") =>
        Given("premises", $"""
        premises_id,customer_id,county_fips,forecast_zone,time_zone,label
        {id}-{customer},{customer},{county},{zone},{timeZone},your home in Lead
        """);

    /// <summary>The folder to which the billing system takes refund files.</summary>
    public string Billing => Path.Combine(root, "billing");

    /// <summary>Billing removes every refund file and answers it.</summary>
    public Story BillingAnswers(string status = "accepted")
    {
        var inbox = Directory.CreateDirectory(Folder.Inside("refunds", "in")).FullName;
        Directory.CreateDirectory(Billing);
        foreach (var file in Directory.GetFiles(Folder.Inside("refunds", "out"), "*.csv"))
        {
            var answer = Path.GetFileNameWithoutExtension(file) + ".ack.csv";
            var rows = File.ReadAllLines(file);
            var id = Array.IndexOf(rows[0].Split(','), "credit_id");
            var reason = status == "accepted" ? "" : "card expired";
            var credits = rows.Skip(1).Select(row => row.Split(',')[id]);
            var answers = credits.Select(credit => $"{credit},{status},ref-{credit},{reason}");
            File.WriteAllLines(Path.Combine(inbox, answer), ["credit_id,status,reference,reason", .. answers]);
            File.Move(file, Path.Combine(Billing, Path.GetFileName(file)));
        }
        return GoOn();
    }

    private static string Capital(string id) => char.ToUpper(id[0], CultureInfo.InvariantCulture) + id[1..];
}
