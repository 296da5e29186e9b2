using ProactiveCare.Audit;
using ProactiveCare.Ledger;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;
using ProactiveCare.Tests.Worker;

namespace ProactiveCare.Tests.Payments.Gateways;

public sealed class RefundFileTests : IDisposable
{
    private readonly Paying paying = new();
    private readonly Settlement settlement;

    public RefundFileTests() => settlement = paying.Settlement(paying.RefundFiles(maxLines: 2));

    public void Dispose() => paying.Dispose();

    [Fact]
    public async Task Refund_goes_out_in_a_numbered_file_and_is_settled_when_billing_accepts_it()
    {
        var id = paying.Create(paying.Refund("4.99"));
        Assert.Equal((1, 0, 0), Counts(await Step()));
        var store = paying.Here.Store.Installation.StoreId;
        Assert.Equal(
            "credit_id,purchase_id,payment_ref,amount,currency,customer_number,idempotency_key,customer_id\n"
            + $"1,p1,\"=pay,\"\"1\",4.99,USD,1,{store}-1-1,c1\n",
            File.ReadAllText(paying.Inside("out", "refunds-000001.csv")));
        Assert.Equal((CreditState.Settling, 1L), (paying.Get(id).State, paying.Get(id).Batch));
        Assert.Equal((0, 0, 0), Counts(await Step()));
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-77,");
        Assert.Equal((0, 1, 0), Counts(await Step()));
        Assert.Equal((CreditState.Settled, "B-77"), (paying.Get(id).State, paying.Get(id).Reference));
        Assert.Equal((499, 0), paying.Purchase(1));
        Assert.Equal([Paying.Usd("-4.99")], paying.Here.Read(db => Journal.Balance(db, "asset:gateway:refund-file")));
        Assert.Equal(["1 settled 4.99 USD"], paying.Notes());
        Assert.True(File.Exists(paying.Inside("in", "done", "refunds-000001.ack.csv")));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Full_files_are_followed_by_the_next_number()
    {
        for (var i = 0; i < 5; i++) paying.Create(paying.Refund("1.00", (i % 3) + 1));
        Assert.Equal(5, (await Step()).Sent);
        Assert.Equal(
            ["refunds-000001.csv", "refunds-000002.csv", "refunds-000003.csv"],
            Directory.GetFiles(paying.Inside("out")).Select(Path.GetFileName).Order());
        var audited = Assert.Single(paying.Here.Read(db => AuditLog.Of(db, "batch:1")));
        Assert.Equal(("refund-file", "batch.send"), (audited.Actor, audited.Action));
        Assert.Equal("""{"name":"refunds-000001.csv","sums":["2.00 USD"],"why":null}""", audited.Detail);
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Refused_refund_stays_owed_until_finance_retries_it()
    {
        var id = paying.Create(paying.Refund("4.99"));
        await Step();
        paying.Answer("refunds-000001.ack.csv", "1,refused,,card closed");
        Assert.Equal((0, 0, 1), Counts(await Step()));
        Assert.Equal((CreditState.Failed, "card closed"), (paying.Get(id).State, paying.Get(id).Reason));
        Assert.Equal((0, 499), paying.Purchase(1));
        Assert.Equal([Paying.Usd("-4.99")], paying.Here.Read(db => Journal.Balance(db, "liability:customers:1")));
        Assert.Equal((0, 0, 0), Counts(await Step()));
        Assert.Throws<PaymentException>(() => paying.Write(db => Approvals.Retry(db, id, paying.Olga, paying.Now)));
        paying.Write(db => Approvals.Retry(db, id, paying.Ann, paying.Now));
        Assert.Equal((1, 0, 0), Counts(await Step()));
        Assert.Contains("-1-2,c1\n", File.ReadAllText(paying.Inside("out", "refunds-000002.csv")));
        // A late answer for the first attempt cannot pay the second.
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-1,");
        Assert.Contains("answered before as refused", await Rejected("refunds-000001.ack.csv"));
        Assert.Equal(CreditState.Settling, paying.Get(id).State);
        File.Delete(paying.Inside("in", "refunds-000001.ack.csv"));
        paying.Answer("refunds-000002.ack.csv", "1,accepted,B-2,");
        Assert.Equal((0, 1, 0), Counts(await Step()));
        Assert.Equal(["1 failed: card closed", "1 settled 4.99 USD"], paying.Notes());
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Bad_lines_of_an_answer_are_kept_with_their_reasons_and_the_good_ones_count()
    {
        paying.Create(paying.Refund("4.99"));
        paying.Create(paying.Refund("3.00", 2));
        await Step();
        Directory.CreateDirectory(paying.Inside("in"));
        File.WriteAllText(
            paying.Inside("in", "refunds-000001.ack.csv"),
            "credit_id,status,reference,reason,amount,currency\r\n1,accepted,A,,4.99,USD\r\n9,accepted,B,,,\r\n"
            + "2,accepted,C,,3.01,USD\r\nx,accepted,D,,,\r\n2,paid,E,,,\r\n2,accepted\r\n"
            + "2,accepted,F,,1.234,USD\r\n2,accepted,\"G\"x,,,\r\n");
        var reasons = await Rejected("refunds-000001.ack.csv");
        Assert.Contains("Line 3: credit 9 is not in refunds-000001.csv.", reasons);
        Assert.Contains("Line 4: credit 2 was sent as 3.00 USD, not 3.01 USD.", reasons);
        Assert.Contains("Line 5: 'x' is not the number of a credit.", reasons);
        Assert.Contains("Line 6: the status 'paid' is neither accepted nor refused.", reasons);
        Assert.Contains("Line 7: it has 2 fields, the header has 6.", reasons);
        Assert.Contains("Line 8: '1.234' has more decimals", reasons);
        Assert.Contains("Line 9: its quotes are broken.", reasons);
        Assert.Equal((CreditState.Settled, CreditState.Settling), (State(1), State(2)));
        Assert.Equal(["1 settled 4.99 USD"], paying.Notes());
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Stray_quote_in_an_answer_invalidates_its_own_line_only()
    {
        paying.Create(paying.Refund("4.99"));
        await Step();
        Directory.CreateDirectory(paying.Inside("in"));
        File.WriteAllText(
            paying.Inside("in", "refunds-000001.ack.csv"),
            "\uFEFFcredit_id,status,reference\r\n7,accepted,\"A\r\n 1 , accepted , B-77 \r\n8,accepted,C\"\r\n");
        var reasons = await Rejected("refunds-000001.ack.csv");
        Assert.Contains("Line 2: its quotes are broken.", reasons);
        Assert.Contains("Line 4: its quotes are broken.", reasons);
        Assert.DoesNotContain("Line 3", reasons);
        Assert.Equal("B-77", paying.Get(new CreditId(1)).Reference);
    }

    [Theory]
    [InlineData("refunds-1.ack.csv")]
    [InlineData("refunds-000001.csv")]
    [InlineData("whatever.csv")]
    public async Task File_that_is_no_answer_stays_with_the_reason_and_nobody_is_told_twice(string name)
    {
        Directory.CreateDirectory(paying.Inside("in"));
        File.WriteAllText(paying.Inside("in", name), "credit_id,status\n1,accepted\n");
        var both = paying.Settlement(paying.RefundFiles(), paying.AccountCredits(posted: false));
        Assert.Single((await both.RunOnce(paying.Here.Store)).Troubles);
        Assert.Contains("refunds-000001.ack.csv answers refunds-000001.csv", await Rejected(name));
    }

    [Fact]
    public async Task Same_answer_twice_changes_nothing_and_both_files_are_kept()
    {
        paying.Create(paying.Refund("4.99"));
        await Step();
        for (var i = 0; i < 2; i++)
        {
            paying.Answer("refunds-000001.ack.csv", "1,accepted,B-77,");
            Assert.Equal((0, 1 - i, 0), Counts(await Step()));
        }
        Assert.Equal(2, Directory.GetFiles(paying.Inside("in", "done")).Length);
        Assert.Equal((499, 0), paying.Purchase(1));
        Assert.Single(paying.Notes());
    }

    [Fact]
    public async Task Crash_after_any_instruction_loses_and_doubles_nothing()
    {
        paying.Create(paying.Refund("4.99"));
        Directory.CreateDirectory(paying.Inside("out"));
        // Numbered, and then killed: the file is written when the worker is back, even if the purchase was revised
        // since.
        Assert.Equal(1, (await settlement.StoreBatches(paying.Here.Store, paying.RefundFiles())).Sent);
        var content = BillingFiles.Refunds.Content(paying.Here.Read(db => PaymentBatches.Get(db, 1)).Payments);
        paying.Here.Reopen();
        paying.Write(db => Dapper.SqlMapper.Execute(db, "UPDATE purchase SET payment_ref = 'other'"));
        File.WriteAllText(paying.Inside("out", "refunds-000001.csv.part"), "half a fi");
        Assert.Equal((0, 0, 0), Counts(await Step()));
        Assert.Equal(content, File.ReadAllBytes(paying.Inside("out", "refunds-000001.csv")));
        // Written, and killed before that was noted: the same file is found and left.
        paying.Write(db => Dapper.SqlMapper.Execute(db, "UPDATE payment_batch SET sent_at = NULL"));
        paying.Here.Reopen();
        Assert.Empty((await Step()).Troubles);
        Assert.Equal(content, File.ReadAllBytes(paying.Inside("out", "refunds-000001.csv")));
        // Taken away by billing and answered before it was noted: the answer proves the file, which is not written
        // again.
        paying.Write(db => Dapper.SqlMapper.Execute(db, "UPDATE payment_batch SET sent_at = NULL"));
        File.Delete(paying.Inside("out", "refunds-000001.csv"));
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-77,");
        paying.Here.Reopen();
        Assert.Equal((0, 1, 0), Counts(await Step()));
        Assert.Empty(Directory.GetFiles(paying.Inside("out"), "*.csv"));
        Assert.Single(paying.Notes());
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Nodes_that_share_the_folder_write_and_take_each_file_once()
    {
        using var shared = new Desk();
        var nodes = Enumerable.Range(0, 4)
            .Select(_ => paying.Settlement(
                new BillingFileGateway(BillingFiles.Refunds, shared.Path, paying.Here.Clock, maxLines: 2))).ToList();
        for (var round = 0; round < 10; round++)
        {
            var credits = Enumerable.Range(0, 5).Select(_ => paying.Create(paying.Refund("0.10"))).ToList();
            var reports = await StepTogether();
            Assert.Equal((5, 0, 0), Counts(reports));
            Assert.Empty(Directory.GetFiles(Path.Combine(shared.Path, "out"), "*.part"));
            foreach (var file in Directory.GetFiles(Path.Combine(shared.Path, "out")))
            {
                var lines = File.ReadLines(file).Skip(1).Select(line => line.Split(',')[0] + ",accepted,B-1,");
                var answer = Path.Combine(
                    shared.Path, "in", Path.GetFileNameWithoutExtension(file) + ".ack.csv");
                File.WriteAllLines(answer, ["credit_id,status,reference,reason", .. lines]);
                File.Delete(file);
            }
            File.WriteAllText(Path.Combine(shared.Path, "in", $"odd-{round}.csv"), "1\n");
            reports = await StepTogether();
            Assert.Equal((0, 5, 0), Counts(reports));
            Assert.All(reports.Troubles, trouble => Assert.Contains($"odd-{round}.csv", trouble));
            Assert.Equal(2, Directory.GetFiles(Path.Combine(shared.Path, "in")).Length);
            File.Delete(Path.Combine(shared.Path, "in", $"odd-{round}.csv"));
            Assert.All(credits, credit => Assert.Equal(CreditState.Settled, paying.Get(credit).State));
        }
        Assert.Equal(30, Directory.GetFiles(Path.Combine(shared.Path, "in", "done")).Length);
        Assert.Empty(paying.Problems());

        async Task<SettlementReport> StepTogether() =>
            (await Task.WhenAll(nodes.Select(node => Task.Run(() => node.RunOnce(paying.Here.Store)))))
            .Aggregate((one, other) => one + other);
    }

    [Fact]
    public async Task Foreign_file_under_the_next_number_is_never_overwritten()
    {
        paying.Create(paying.Refund("4.99"));
        Directory.CreateDirectory(paying.Inside("out"));
        File.WriteAllText(paying.Inside("out", "refunds-000001.csv"), "somebody else's");
        Assert.Contains("with other content", Assert.Single((await Step()).Troubles));
        Assert.Equal("somebody else's", File.ReadAllText(paying.Inside("out", "refunds-000001.csv")));
        File.Delete(paying.Inside("out", "refunds-000001.csv"));
        Assert.Empty((await Step()).Troubles);
        Assert.StartsWith("credit_id", File.ReadAllText(paying.Inside("out", "refunds-000001.csv")));
    }

    [Fact]
    public async Task Storage_failure_leaves_the_answer_file_until_it_is_stored()
    {
        paying.Create(paying.Refund("4.99"));
        await Step();
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-77,");
        var broken = paying.Events with { Settled = (_, _) => throw new InvalidOperationException("no notice") };
        var report = await new Settlement([paying.RefundFiles()], broken, paying.Here.Clock).RunOnce(paying.Here.Store);
        Assert.Contains("will be tried again: no notice", Assert.Single(report.Troubles));
        Assert.Equal(CreditState.Settling, State(1));
        Assert.Equal((0, 1, 0), Counts(await Step()));
    }

    [Fact]
    public async Task File_that_billing_leaves_unanswered_is_reported()
    {
        paying.Create(paying.Refund("4.99"));
        paying.Create(paying.Refund("3.00", 2));
        await Step();
        paying.Answer("refunds-000001.ack.csv", "1,accepted,B-77,");
        await Step();
        Assert.Empty(paying.Here.Read(db => PaymentBatches.Unanswered(db, paying.Now)));
        paying.Here.Clock.Advance(TimeSpan.FromDays(3));
        var file = Assert.Single(paying.Here.Read(db => PaymentBatches.Unanswered(db, paying.Now)));
        Assert.Equal(("refunds-000001.csv", 1), (BillingFiles.Refunds.Name(file.Batch), file.Payments));
    }

    private static (int Sent, int Settled, int Failed) Counts(SettlementReport report) =>
        (report.Sent, report.Settled, report.Failed);

    private Task<SettlementReport> Step() => settlement.RunOnce(paying.Here.Store);

    private CreditState State(long id) => paying.Get(new CreditId(id)).State;

    private async Task<string> Rejected(string name)
    {
        Assert.Contains(name, Assert.Single((await Step()).Troubles));
        Assert.True(File.Exists(paying.Inside("in", name)));
        return File.ReadAllText(paying.Inside("in", name + ".reason.txt"));
    }
}
