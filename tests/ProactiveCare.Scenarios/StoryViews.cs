using Dapper;
using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;

namespace ProactiveCare.Scenarios;

/// <summary>The results that are visible from outside.</summary>
internal sealed partial class Story
{
    public CareCase Case(string customer) => Assert.Single(Cases(customer));

    public IReadOnlyList<CareCase> Cases(string? customer = null, string? mode = null) => Read(db => CareCases.List(
        db, new CaseFilter(Customer: customer is null ? null : new CustomerId(customer), Mode: mode)));

    public IReadOnlyList<Decision> Decisions(string customer) =>
        [.. Cases(customer).Reverse().SelectMany(c => Read(db => DecisionLog.Of(db, c.Id)))];

    public IReadOnlyList<Credit> Credits() => Read(db => ProactiveCare.Payments.Credits.List(db));

    /// <summary>The only credit there is.</summary>
    public Credit Credit() => Assert.Single(Credits());

    /// <summary>The settled credits in their order.</summary>
    public string Paid() =>
        string.Join(", ", Credits().Where(c => c.State == CreditState.Settled)
            .Select(c => $"{c.CustomerId} {c.Amount}"));

    public IReadOnlyList<Mail> Mails(string customer) => Mails("customer_id = @who", customer);

    /// <summary>The mails to staff at an address of the company.</summary>
    public IReadOnlyList<Mail> StaffMails(string address) => Mails("audience = 'staff' AND recipient = @who", address);

    public string Why(string customer) =>
        string.Join('\n', Read(db => Explain.Customer(db, new CustomerId(customer), null)).Select(each => each.Text));

    public IReadOnlyList<string> OpenAlarms() =>
        Read(db => Alarms.Open(db).Select(a => $"{a.JobId} {a.Kind}").Order().ToList());

    public IReadOnlyList<Run> History(string job = "slow-video-stream") =>
        Read(db => Runs.History(db, new JobId(job), 100));

    public T Scalar<T>(string sql) => Read(db => db.ExecuteScalar<T>(sql))!;

    /// <summary>The journal, credits, purchases and budgets agree, and every decision replays to itself.</summary>
    public void BooksBalance()
    {
        Assert.Empty(Read(db => BooksCheck.Run(db)).Problems);
        Assert.Empty(Replay());
    }

    public IReadOnlyList<Mismatch> Replay() => Read(db => DecisionLog.Replay(db, Product.Book, null, out _));

    /// <summary>Exports the books.</summary>
    public void Export(string format, Stream output) => Read(db =>
    {
        LedgerExport.Write(db, format, Product.Settings.Notices.TimeZone, output);
        return 0;
    });

    private IReadOnlyList<Mail> Mails(string where, string who) => Read(db => db.Query<Mail>(
        $"""
         SELECT event, subject, text_body AS text, state, reason, message_id
         FROM notice LEFT JOIN notice_words USING (notice_id)
         WHERE {where} ORDER BY notice_id
         """,
        new { who }).ToList());
}

/// <summary>A notice as its reader gets it, and its state.</summary>
internal sealed record Mail(string Event, string? Subject, string? Text, string State, string? Reason,
    string MessageId);
