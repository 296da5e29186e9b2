using System.Diagnostics.Metrics;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Payments;

/// <summary>Pays approved credits: selects them, stores them as a batch, sends the batch, stores the answers. It can
/// stop at any instruction and continues from the stored state; nothing is paid twice.</summary>
public sealed class Settlement(
    IReadOnlyList<IPaymentGateway> gateways, SettlementEvents events, TimeProvider time)
{
    private static readonly Meter Meter = Instruments.Meter("Payments");

    private static readonly Counter<long> Moved = Meter.CreateCounter<long>(
        "proactive_care.credits", "{credit}", "Credits that settlement moved, by gateway and new state.");

    private static readonly Histogram<double> Steps = Meter.Duration(
        "proactive_care.gateway.duration", "Time that a step of settlement took with one gateway.");

    /// <summary>The ways to pay.</summary>
    internal IReadOnlyList<IPaymentGateway> Gateways => gateways;

    /// <summary>The consequences of answers.</summary>
    public SettlementEvents Events => events;

    /// <summary>Runs one step of every gateway; a failing gateway does not stop the others.</summary>
    public async Task<SettlementReport> RunOnce(Store store)
    {
        var report = SettlementReport.Nothing;
        foreach (var gateway in gateways)
        {
            var began = time.GetTimestamp();
            try
            {
                var step = await RunOnce(store, gateway);
                report += step;
                Steps.Record(time.GetElapsedTime(began).TotalSeconds, Instruments.Tag("gateway", gateway.Name));
                foreach (var (state, count) in ((CreditState, int)[])
                    [(CreditState.Settling, step.Sent), (CreditState.Settled, step.Settled),
                    (CreditState.Failed, step.Failed)])
                    Moved.Count(count, Instruments.Tag("gateway", gateway.Name), Instruments.Tag("state", state));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                report += SettlementReport.Trouble($"The payment gateway {gateway.Name} cannot work: {e.Message}");
            }
        }
        return report;
    }

    private async Task<SettlementReport> RunOnce(Store store, IPaymentGateway gateway)
    {
        var report = SettlementReport.Nothing;
        if (gateway.PaysByPosting)
        {
            report = await Post(store, gateway, debit: false) + await Post(store, gateway, debit: true);
            // Batches may be left from before the settings changed.
            if (store.Read(db => PaymentBatches.Open(db, gateway.Name)).Count == 0) return report;
        }
        // Answers first: an answer proves that its batch arrived, so that batch is not sent again.
        report += await ReadAnswers(store, gateway);
        if (!gateway.PaysByPosting) report += await StoreBatches(store, gateway);
        report += await SendBatches(store, gateway);
        return report + await LookUpUnknown(store, gateway);
    }

    /// <summary>Stores the answers that have come, without handing anything over.</summary>
    internal async Task<SettlementReport> TakeAnswers(Store store)
    {
        var report = SettlementReport.Nothing;
        foreach (var gateway in gateways) report += await ReadAnswers(store, gateway);
        return report;
    }

    /// <summary>Resolves an unknown outcome on a person's statement, in the caller's transaction.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="id">The credit.</param>
    /// <param name="by">The user.</param>
    /// <param name="paid">Whether the gateway has paid.</param>
    /// <param name="how">The evidence.</param>
    /// <exception cref="PaymentException">It is not unknown, not theirs, or the evidence is missing.</exception>
    public void Resolve(DbConnection db, CreditId id, Decider by, bool paid, string how)
    {
        var credit = Approvals.Unknown(db, id, by, how);
        var answer = new PaymentAnswer(0, id, paid, paid ? how : null, paid ? null : how);
        Answer(db, Of(credit), credit.Batch!.Value, answer, by.Actor.Id);
        Approvals.Append(db, "credit.resolve", credit, by.Actor, new { paid, how }, time.Now());
    }

    /// <summary>Stores billing's answer about a payment on a person's word, in the caller's transaction.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="by">The user.</param>
    /// <param name="answer">The answer.</param>
    /// <exception cref="PaymentException">Nothing of the credit waits for an answer, it is not theirs, or a refusal has
    /// no reason.</exception>
    public void AnswerByHand(DbConnection db, Decider by, PaymentAnswer answer)
    {
        if (!answer.Accepted) Approvals.RequireReason(answer.Reason ?? "");
        var credit = Approvals.Theirs(db, answer.CreditId, by);
        var batch = HandedOver.BatchOf(db, credit.Id) ?? throw new PaymentException(
            $"{Approvals.StateOf(credit)}; nothing of it waits for an answer. See: proactive-care refunds list");
        if (Answer(db, Of(credit), batch, answer, by.Actor.Id).Problem is { } problem)
            throw new PaymentException($"Not stored: {problem}.");
        var detail = new { answer.Accepted, answer.Reference, answer.Reason, File = Of(credit).NameOf(batch) };
        Approvals.Append(db, "credit.answer", credit, by.Actor, detail, time.Now());
    }

    private IPaymentGateway Of(Credit credit) => gateways.First(gateway => gateway.Name == credit.Gateway);

    internal async Task<SettlementReport> StoreBatches(Store store, IPaymentGateway gateway)
    {
        var sent = 0;
        foreach (var debit in (bool[])[false, true])
        {
            while (await store.Write(db => PaymentBatches.Store(db, gateway, debit, time.Now())) is > 0 and var stored)
                sent += stored;
        }
        return new SettlementReport(sent, 0, 0, []);
    }

    private async Task<SettlementReport> Post(Store store, IPaymentGateway gateway, bool debit)
    {
        var report = SettlementReport.Nothing;
        var after = new CreditId(0);
        while (store.Read(db => PaymentBatches.ToPost(db, gateway, debit, after)) is [.., var last] due)
        {
            after = last;
            var answers = due.ConvertAll(id => new PaymentAnswer(0, id, true, null, null));
            try
            {
                var settled = await store.Write(db => answers.Count(answer => Post(db, answer)));
                report += new SettlementReport(0, settled, 0, []);
            }
            catch (Exception)
            {
                // One failure has rolled back all; each is tried alone.
                report += await SettlementReport.Each(
                    answers, answer => store.Write(db => ((string?)null, Post(db, answer))),
                    answer => $"Credit {answer.CreditId} could not be settled", []);
            }
        }
        return report;

        bool Post(DbConnection db, PaymentAnswer answer) =>
            Actors.Gateway(db, gateway.Name, time.Now()) is var by && debit
                ? CreditUndo.Answered(db, answer, by, events, time.Now())
                : Settle(db, gateway, answer, by, posted: true);
    }

    private async Task<SettlementReport> SendBatches(Store store, IPaymentGateway gateway)
    {
        var report = SettlementReport.Nothing;
        foreach (var number in store.Read(db => PaymentBatches.Unsent(db, gateway.Name)))
        {
            // Another node may have sent it since, and the gateway may have answered.
            if (!store.Read(db => PaymentBatches.Unsent(db, gateway.Name)).Contains(number)) continue;
            var result = Send(gateway, store.Read(db => PaymentBatches.Get(db, number)));
            if (result.Why is { } why) report += SettlementReport.Trouble(why);
            if (result.Status == BatchStatus.NotSent) continue;
            await store.Write(db => MarkSent(db, gateway, number, result));
            report += await StoreAnswers(store, gateway, number, result.Answers);
        }
        return report;
    }

    // After a file error the batch is sent again; after any other error the outcome is unknown.
    private static BatchResult Send(IPaymentGateway gateway, PaymentBatch batch)
    {
        try
        {
            return gateway.Send(batch);
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))
        {
            return new BatchResult(
                BatchStatus.Unknown,
                $"Nobody knows whether {gateway.Name} has {gateway.NameOf(batch.Number)}: {e.Message}");
        }
    }

    private void MarkSent(DbConnection db, IPaymentGateway gateway, long batch, BatchResult result)
    {
        var now = time.Now();
        if (!PaymentBatches.MarkSent(db, batch, now)) return;
        var isUnknown = result.Status == BatchStatus.Unknown;
        if (isUnknown)
        {
            db.Execute(
                "UPDATE credit SET state = 'unknown', reason = @Why WHERE batch = @batch AND state = 'settling'",
                new { result.Why, batch });
        }
        var sums = PaymentBatches.Get(db, batch).Payments.GroupBy(payment => payment.Currency)
            .Select(group => new Money(group.Sum(payment => payment.Amount.Minor), group.Key).ToString());
        AuditLog.Append(db, new AuditEvent(
            Actors.Gateway(db, gateway.Name, now), isUnknown ? "batch.unknown" : "batch.send", $"batch:{batch}",
            new { name = gateway.NameOf(batch), sums, result.Why }), now);
    }

    private async Task<SettlementReport> LookUpUnknown(Store store, IPaymentGateway gateway)
    {
        var report = SettlementReport.Nothing;
        foreach (var payment in store.Read(db => PaymentBatches.Unknown(db, gateway.Name)))
        {
            if (gateway.LookUp(payment) is { } answer)
                report += await StoreAnswers(store, gateway, payment.Batch, [answer]);
        }
        return report;
    }

    private async Task<SettlementReport> ReadAnswers(Store store, IPaymentGateway gateway)
    {
        var report = SettlementReport.Nothing;
        var open = store.Read(db => PaymentBatches.Open(db, gateway.Name));
        foreach (var document in gateway.ReadAnswers(open, trouble => report += SettlementReport.Trouble(trouble)))
        {
            var problems = new List<(int Line, string Problem)>();
            var stored = await StoreAnswers(store, gateway, document.Batch, document.Answers, problems);
            report += stored;
            // The failure is ours, not the document's: it is read again, which stores nothing twice.
            if (stored.Troubles.Count > 0) continue;
            var complete = !store.Read(db => PaymentBatches.IsOpen(db, document.Batch));
            if (document.Acknowledge(problems, complete) is { } trouble)
                report += SettlementReport.Trouble(trouble);
        }
        return report;
    }

    private async Task<SettlementReport> StoreAnswers(
        Store store, IPaymentGateway gateway, long batch, IReadOnlyList<PaymentAnswer> answers,
        List<(int Line, string Problem)>? problems = null)
    {
        var wrong = problems ?? [];
        var report = await SettlementReport.Each(
            answers, answer => store.Write(db => Answer(db, gateway, batch, answer)),
            answer => $"The answer to credit {answer.CreditId} in {gateway.NameOf(batch)} could not be stored", wrong);
        return problems is null
            ? report with { Troubles = [.. report.Troubles, .. wrong.Select(p => $"{gateway.Name}: {p.Problem}")] }
            : report;
    }

    private (string? Problem, bool Changed) Answer(
        DbConnection db, IPaymentGateway gateway, long batch, PaymentAnswer answer, ActorId? by = null)
    {
        var named = (batch, gateway.NameOf(batch));
        var now = time.Now();
        if (FoundPayments.TakenBy(db, batch, answer.CreditId) is { } taken) answer = answer with { CreditId = taken };
        if (PaymentBatches.Answer(db, named, answer, now, out var answered) is { } problem) return (problem, false);
        if (answered == Answered.Before)
        {
            PaymentBatches.Name(db, batch, answer);
            return (null, false);
        }
        var who = by ?? Actors.Gateway(db, gateway.Name, now);
        var changed = answered == Answered.Debit ? CreditUndo.Answered(db, answer, who, events, now)
            : answer.Accepted ? Settle(db, gateway, answer, who)
            : Fail(db, answer, who);
        return changed
            ? (null, true)
            : throw new PaymentException($"credit {answer.CreditId} is not being settled");
    }

    /// <summary>Settles a paid credit. False, with nothing changed, when its state does not allow it.</summary>
    private bool Settle(
        DbConnection db, IPaymentGateway gateway, PaymentAnswer answer, ActorId by, bool posted = false)
    {
        var now = time.Now();
        var from = posted ? $"state = 'approved' AND {PaymentBatches.MayLeave}" : "state IN ('settling', 'unknown')";
        var changed = db.Run(
            $"""
            UPDATE credit SET state = 'settled', settled_at = ?2, reference = ?3, reason = NULL
            WHERE credit_id = ?1 AND {from}
            """,
            answer.CreditId, now, answer.Reference);
        if (changed == 0) return false;
        var credit = Credits.Get(db, answer.CreditId);
        if (credit.PurchaseId is { } purchase) PurchaseRefunds.Keep(db, purchase, credit.Amount);
        MoneyElsewhere.Recognise(db, credit);
        Bookings.Pay(db, credit, by, gateway.Account, now);
        events.Settled(db, credit);
        return true;
    }

    /// <summary>Fails a refused credit. The books do not change: it is still owed.</summary>
    private bool Fail(DbConnection db, PaymentAnswer answer, ActorId by)
    {
        var changed = db.Execute(
            "UPDATE credit SET state = 'failed', reason = @reason WHERE credit_id = @CreditId AND state IN "
                + "('settling', 'unknown')",
            new { answer.CreditId, reason = answer.Reason ?? "no reason given" });
        if (changed == 0) return false;
        var credit = Credits.Get(db, answer.CreditId);
        var detail = new { credit.Reason, credit.Batch };
        AuditLog.Append(db, new AuditEvent(by, "credit.fail", $"credit:{credit.Id}", detail), time.Now());
        events.Failed(db, credit);
        return true;
    }
}
