using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Payments;
using ProactiveCare.Storage;

namespace ProactiveCare.Cases;

/// <summary>All inputs of a decision, gathered before it and stored with it for replay.</summary>
public sealed record Facts
{
    /// <summary>The finding.</summary>
    public required Finding Finding { get; init; }

    /// <summary>The moment of the decision.</summary>
    public required Instant Now { get; init; }

    /// <summary>The customer; null when not arrived.</summary>
    public CustomerFacts? Customer { get; init; }

    /// <summary>The purchase of the finding; null when it has none or it has not arrived.</summary>
    public PurchaseFacts? Purchase { get; init; }

    /// <summary>The case that already compensates the same service event, of another job or subject.</summary>
    public CaseId? CaredForBy { get; init; }

    /// <summary>A refund of the purchase by somebody else after the event.</summary>
    public GivenElsewhere? GivenElsewhere { get; init; }

    /// <summary>The case's position between 0 and 1, derived from its key; held out below the share.</summary>
    public required decimal Draw { get; init; }

    /// <summary>Whether the customer contacted us since the event.</summary>
    public required bool Contacted { get; init; }

    /// <summary>When a held-out case was opened; null when the case is new.</summary>
    public Instant? HeldOutAt { get; init; }

    /// <summary>The sum of earlier decisions of the case, in minor units.</summary>
    public required long Given { get; init; }

    /// <summary>The currency of that sum; null without one.</summary>
    public Currency? GivenIn { get; init; }

    /// <summary>The company's currency, where it was needed: nothing says in which one the customer pays.</summary>
    public Currency? CompanyCurrency { get; init; }

    /// <summary>The number of the customer's credits from the job within its limit's time.</summary>
    public required int RecentCredits { get; init; }

    /// <summary>Whether the andon of the job is pulled.</summary>
    public required bool Andon { get; init; }

    /// <summary>Whether the day's budget had room for the amount; null before the reservation.</summary>
    public bool? BudgetReserved { get; init; }
}

/// <summary>Facts about a customer.</summary>
/// <param name="Number">Their number in the books.</param>
/// <param name="Status">Such as <c>active</c>.</param>
/// <param name="Plan">The subscription.</param>
/// <param name="Currency">The currency of their charges, or else of their last purchase.</param>
public sealed record CustomerFacts(long Number, string Status, string? Plan, Currency? Currency);

/// <summary>Facts about a purchase.</summary>
/// <param name="CustomerId">The buyer.</param>
/// <param name="Kind">Such as <c>rental</c>.</param>
/// <param name="Title">The title.</param>
/// <param name="Paid">The price paid.</param>
/// <param name="Returned">The sum refunded or promised, by anyone.</param>
public sealed record PurchaseFacts(CustomerId CustomerId, string Kind, string Title, Money Paid, Money Returned)
{
    /// <summary>The rest that can still be refunded.</summary>
    public Money Left => Paid - Returned;
}

/// <summary>A refund by somebody else.</summary>
/// <param name="By">The author, as imported.</param>
/// <param name="At">The time of the refund.</param>
/// <param name="IsOpenDispute">Whether the bank has not decided yet who keeps the money.</param>
public sealed record GivenElsewhere(string By, Instant At, bool IsOpenDispute = false);

/// <summary>Facts as they are stored with a decision and read back for its replay.</summary>
internal static class FactsJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepEvidence } },
        Converters =
        {
            Text(Time.Iso, Time.Parse),
            Text(money => money.ToString(), Money.Parse),
            Text(currency => currency.Code, Currency.Of),
            Text(id => id.Value, text => new CustomerId(text)),
            Text(id => id.Value, text => new PurchaseId(text)),
            Text(id => id.ToString(),
                text => new CaseId(long.Parse(text, System.Globalization.CultureInfo.InvariantCulture))),
        },
    };

    public static string Write(Facts facts) => JsonSerializer.Serialize(facts, Options);

    public static Facts Read(string json) => JsonSerializer.Deserialize<Facts>(json, Options)!;

    // JSON itself: as a quoted text it would be nearly twice as long.
    private static void KeepEvidence(JsonTypeInfo type)
    {
        if (type.Type != typeof(Finding)) return;
        foreach (var property in type.Properties)
            if (property.Name == "evidence") property.CustomConverter = new AsItStands();
    }

    private static Converter<T> Text<T>(Func<T, string> write, Func<string, T> read) where T : struct =>
        new(write, read);

    private sealed class AsItStands : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.GetRawText();
        }

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value, skipInputValidation: true);
    }

    private sealed class Converter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T> where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(write(value));
    }
}

/// <summary>Gathers the facts of decisions in their transaction, one kind of fact at a time.</summary>
internal static class GatherFacts
{
    /// <summary>The candidates of findings that share no customer and no purchase, in any order.</summary>
    public static List<Candidate> For(DbConnection db, DecisionBatch batch, List<Finding> group)
    {
        var job = batch.By.Job;
        var earlier = CareCases.Of(db, job.Id, batch.By.Mode, group);
        // A shadow decides as if alone: the live case of the same finding does not count against it.
        var own = batch.By.Mode == Mode.Shadow ? CareCases.Of(db, job.Id, Mode.Live, group) : earlier;
        var candidates = group.Select((finding, i) => new Candidate(finding, earlier[i], own[i]?.Id)).ToList();
        var open = candidates.FindAll(candidate => !candidate.IsFinal);
        var customers = Customers(db, batch, open);
        var purchases = Purchases(db, batch, open);
        var caredFor = CaredForBy(db, job, open);
        var elsewhere = GivenElsewhere(db, open);
        var contacted = Contacted(db, open);
        var given = Given(db, open);
        var recent = RecentCredits(db, batch, open);
        return
        [
            .. candidates.Where(candidate => candidate.IsFinal),
            .. open.Select((candidate, i) => candidate with
            {
                Facts = new Facts
                {
                    Finding = candidate.Finding,
                    Now = batch.Now,
                    Customer = customers[i].FirstOrDefault(),
                    Purchase = purchases[i].FirstOrDefault(),
                    CaredForBy = caredFor[i] is [var other, ..] ? other : null,
                    GivenElsewhere = elsewhere[i].FirstOrDefault(),
                    Draw = Draw(job.Id, candidate.Finding),
                    Contacted = contacted[i].Length > 0,
                    HeldOutAt = candidate.Earlier?.State == CaseState.HeldOut ? candidate.Earlier.OpenedAt : null,
                    Given = given[i].FirstOrDefault().Minor,
                    GivenIn = given[i].FirstOrDefault().In,
                    CompanyCurrency = customers[i] is [{ Currency: null }] ? batch.Notices.Currency : null,
                    RecentCredits = recent is null ? 0 : recent[i].Distinct().Count(),
                    Andon = batch.Andon,
                },
            }),
        ];
    }

    public static Family FamilyOf(Job job) => job.Pays ? Family.Compensation : Family.Alert;

    private static CustomerFacts[][] Customers(DbConnection db, DecisionBatch batch, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT customer_number, status, plan, CASE WHEN currency IS NOT NULL THEN currency ELSE (
              SELECT currency FROM purchase WHERE purchase.customer_id = customer.customer_id
              ORDER BY purchased_at DESC, purchase_id DESC LIMIT 1) END
            FROM customer WHERE customer_id = ?1
            """,
            open,
            candidate => batch.HasLocked(candidate.Finding.CustomerId) ? [candidate.Finding.CustomerId] : null,
            row => new CustomerFacts(
                row.Number(0), row.Text(1), row.TextOrNull(2),
                row.TextOrNull(3) is { } currency ? Currency.Of(currency) : null));

    private static PurchaseFacts[][] Purchases(DbConnection db, DecisionBatch batch, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT customer_id, kind, title, currency, amount_minor,
              refunded_minor + pending_minor + elsewhere_minor - (
              SELECT COALESCE(SUM(amount_minor), 0) FROM credit
              WHERE case_id = ?2 AND purchase_id = ?1 AND state NOT IN ('rejected', 'reversed'))
            FROM purchase WHERE purchase_id = ?1
            """,
            open,
            candidate => candidate.Finding.PurchaseId is { } bought && batch.HasLocked(bought)
                ? [bought, batch.By.Mode == Mode.Shadow ? candidate.Own : null]
                : null,
            row =>
            {
                var currency = Currency.Of(row.Text(3));
                return new PurchaseFacts(
                    new CustomerId(row.Text(0)), row.Text(1), row.Text(2), new Money(row.Number(4), currency),
                    new Money(row.Number(5), currency));
            });

    private static GivenElsewhere[][] GivenElsewhere(DbConnection db, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT given_by, refunded_at, CAST(CASE WHEN dispute = 'open' THEN 1 ELSE 0 END AS BIGINT) AS open
            FROM refund
            WHERE purchase_id = ?1 AND (dispute = 'open' OR (refunded_at >= ?2 AND amount_minor > 0
              AND credit_id IS NULL AND COALESCE(dispute, 'lost') = 'lost'))
            ORDER BY open DESC, refunded_at LIMIT 1
            """,
            open,
            candidate => candidate.Finding.PurchaseId is { } bought ? [bought, candidate.Finding.OccurredAt] : null,
            row => new GivenElsewhere(row.Text(0), row.Instant(1), row.Flag(2)));

    private static CaseId[][] CaredForBy(DbConnection db, Job job, List<Candidate> open) =>
        db.ForAll(
            """
            SELECT case_id FROM entitlement
            WHERE customer_id = ?1 AND service_event = ?2 AND family = ?3 AND case_id <> ?4
            """,
            open,
            candidate =>
            [
                candidate.Finding.CustomerId, candidate.Finding.ServiceEvent, FamilyOf(job), candidate.Own?.Value ?? 0,
            ],
            row => new CaseId(row.Number(0)));

    private static bool[][] Contacted(DbConnection db, List<Candidate> open) =>
        db.ForAll(
            "SELECT 1 FROM contact WHERE customer_id = ?1 AND contacted_at >= ?2 LIMIT 1", open,
            candidate => [candidate.Finding.CustomerId, candidate.Finding.OccurredAt], _ => true);

    // A rejected credit gave nothing, but its decision stands: the same evidence does not lead to another.
    private static (long Minor, Currency? In)[][] Given(DbConnection db, List<Candidate> open) =>
        db.ForAll(
            "SELECT SUM(pays_minor), currency FROM decision WHERE case_id = ?1 AND pays_minor > 0 GROUP BY currency",
            open,
            candidate => candidate.Earlier is { } earlier ? [earlier.Id] : null,
            row => (row.Number(0), (Currency?)Currency.Of(row.Text(1))));

    // Cases, not credits, count; most customers have none, so DISTINCT in the statement would only add cost.
    private static long[][]? RecentCredits(DbConnection db, DecisionBatch batch, List<Candidate> open) =>
        batch.By.Job.Limits.PerCustomer is not { } limit ? null : db.ForAll(
            """
            SELECT case_id FROM credit
            WHERE job_id = ?1 AND customer_id = ?2 AND created_at > ?3
              AND state NOT IN ('rejected', 'reversed', 'debited')
              AND case_id <> ?4
            """,
            open,
            candidate =>
                [batch.By.Job.Id, candidate.Finding.CustomerId, batch.Now - limit.Within, candidate.Own?.Value ?? 0],
            row => row.Number(0));

    // Always the same for a case, on every machine, and uniform over cases.
    private static decimal Draw(JobId job, Finding finding)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{job}\n{finding.Subject}\n{finding.CustomerId}"));
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / 4_294_967_296m;
    }
}
