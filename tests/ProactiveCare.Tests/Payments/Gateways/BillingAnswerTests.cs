using System.Globalization;
using System.Text;
using ProactiveCare.Audit;
using ProactiveCare.Payments;
using ProactiveCare.Payments.Gateways.BillingFile;

namespace ProactiveCare.Tests.Payments.Gateways;

/// <summary>Answers of billing are whole or not taken, whatever their form and however they arrive.</summary>
public sealed class BillingAnswerTests : IDisposable
{
    private const string Name = "refunds-000001.ack.csv";

    private readonly Paying paying = new();
    private readonly Settlement settlement;

    public BillingAnswerTests() => settlement = paying.Settlement(paying.RefundFiles());

    public void Dispose() => paying.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task File_that_grows_in_any_portion_loses_no_line_and_none_is_taken_in_half(int seed)
    {
        var random = new Random(seed);
        const int credits = 12;
        var end = random.Next(2) == 0 ? "\n" : "\r\n";
        var text = new StringBuilder(random.Next(2) == 0 ? "\uFEFF" : "").Append(
            "credit_id,status,reference,reason,currency,amount").Append(end);
        for (var i = 1; i <= credits; i++)
        {
            paying.Create(paying.Refund($"1.{i:00}", (i % 3) + 1));
            var status = i % 4 == 0 ? "Refused" : "accepted";
            text.Append(
                CultureInfo.InvariantCulture,
                $"{i},{status},\"B-\u00fc{i}{i}\",\"Karte \U0001F4B3; abgelaufen, {i}\",USD,1.{i:00}{end}");
        }
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        await Step();

        var (at, lines) = (0, 0);
        while (at < bytes.Length)
        {
            var portion = Math.Min(random.Next(1, random.Next(2, 120)), bytes.Length - at);
            using (var file = new FileStream(paying.Inside("in", Name), FileMode.Append))
                file.Write(bytes, at, portion);
            at += portion;
            lines = bytes.AsSpan(0, at).Count((byte)'\n');
            await Step();
            if (random.Next(10) == 0) paying.Here.Clock.Advance(TimeSpan.FromMinutes(random.Next(40)));
            for (var i = 1; i <= credits; i++)
            {
                var credit = paying.Get(new CreditId(i));
                Assert.Equal(
                    i >= lines ? CreditState.Settling : i % 4 == 0 ? CreditState.Failed : CreditState.Settled,
                    credit.State);
                if (credit.State == CreditState.Settled) Assert.Equal($"B-\u00fc{i}{i}", credit.Reference);
                if (credit.State == CreditState.Failed)
                    Assert.Equal($"Karte \U0001F4B3; abgelaufen, {i}", credit.Reason);
            }
        }

        Assert.Equal(credits + 1, lines);
        Assert.Empty(Directory.GetFiles(paying.Inside("in")));
        Assert.True(File.Exists(paying.Inside("in", "done", Name)));
        Assert.Equal(credits, paying.Notes().Count);
        Assert.Empty(paying.Problems());
    }

    [Theory]
    [InlineData("credit_id,status,reference", "1,accepted,B-77")]
    [InlineData("CREDIT_ID,STATUS,REFERENCE", "1,ACCEPTED,B-77")]
    [InlineData(" Credit ID , Status , Reference ", " 1 , Accepted , B-77 ")]
    [InlineData("creditId,status,reference", "1,accepted,B-77")]
    [InlineData("Credit-Id;Status;Reference", "1; Accepted ;B-77")]
    [InlineData("credit_id;status;reference;", "1;accepted;B-77;")]
    [InlineData("credit_id\tstatus\treference", "1\tACCEPTED\tB-77")]
    [InlineData("credit_id|status|reference", "1|accepted|B-77")]
    [InlineData("\"credit_id\",\"status\",\"reference\"", "\"1\",\"accepted\",\"B-77\"")]
    [InlineData("\"credit_id\";\"status\";\"reference\"", "1;accepted;\"B-77\"")]
    [InlineData("\uFEFF\"Credit_ID\",status,reference", "1,accepted,B-77")]
    [InlineData("sep=;\ncredit_id;status;reference", "1;accepted;B-77")]
    [InlineData("\n\nreference,status,credit_id", "B-77,accepted,1\n")]
    [InlineData("status,reference,amount,currency,credit_id", "accepted,B-77,4.99,usd,1")]
    [InlineData("status,credit_id,reference\nstatus,credit_id,reference", "accepted,1,B-77")]
    [InlineData(
        "credit_id,purchase_id,payment_ref,amount,currency,customer_number,customer_id,status,reference",
        "1,p1,\"=pay,\"\"1\",4.99,USD,1,c1,accepted,B-77")]
    public async Task Header_in_another_form_is_understood(string header, string line)
    {
        foreach (var end in (string[])["\n", "\r\n"])
        {
            var id = paying.Create(paying.Refund("4.99"));
            await Step();
            var batch = paying.Get(id).Batch!.Value;
            Write(
                $"{header}\n{line.Replace("1", id.ToString(), StringComparison.Ordinal)}\n"
                    .Replace("\n", end, StringComparison.Ordinal),
                BillingFiles.Refunds.AnswerName(batch));
            var report = await Step();
            Assert.Empty(report.Troubles);
            Assert.Equal((CreditState.Settled, "B-77"), (paying.Get(id).State, paying.Get(id).Reference));
        }
    }

    [Theory]
    [InlineData("credit,status\n1,accepted\n", "unknown column 'credit'")]
    [InlineData("credit_id,reason\n1,accepted\n", "at least the columns credit_id and status")]
    [InlineData("credit_id,status,Status\n1,accepted,accepted\n", "a column twice")]
    [InlineData("credit_id,status,paid on\n1,accepted,today\n", "unknown column 'paid on'")]
    [InlineData("1,accepted,B-77\n", "The first line has to name the columns")]
    [InlineData("credit_id:status\n1:accepted\n", "unknown column 'credit_id:status'")]
    [InlineData("PK\u0003\u0004 a spreadsheet\n", "a ZIP archive or a spreadsheet")]
    public async Task File_that_is_not_understood_is_refused_as_a_whole_and_read_again_once_mended(
        string content, string reason)
    {
        paying.Create(paying.Refund("4.99"));
        await Step();
        Write(content);
        for (var i = 0; i < 2; i++)
        {
            Assert.Contains("Nothing of this file was applied", Assert.Single((await Step()).Troubles));
            paying.Here.Clock.Advance(TimeSpan.FromHours(2));
        }
        var reasons = File.ReadAllLines(paying.Inside("in", Name + ".reason.txt"));
        Assert.Equal("Nothing of this file was applied.", reasons[0]);
        Assert.Contains(reason, reasons[1]);
        Assert.Equal(CreditState.Settling, paying.Get(new CreditId(1)).State);

        Write("credit_id,status,reference\n1,accepted,B-77\n");
        Assert.Empty((await Step()).Troubles);
        Assert.Equal("B-77", paying.Get(new CreditId(1)).Reference);
        Assert.Empty(Directory.GetFiles(paying.Inside("in")));
    }

    [Fact]
    public async Task Refused_lines_stay_in_the_order_of_the_file_and_a_mended_line_counts()
    {
        for (var i = 1; i <= 3; i++) paying.Create(paying.Refund("1.00", i));
        await Step();
        Write("credit_id,status\nx,accepted\n9,accepted\n1,accepted\n2,perhaps\n8,accepted\n");
        Assert.Contains("1 line of this file was applied", Assert.Single((await Step()).Troubles));
        var reasons = File.ReadAllLines(paying.Inside("in", Name + ".reason.txt"));
        Assert.Equal(
            ["Line 2: 'x' is not the number of a credit.", "Line 3: credit 9 is not in refunds-000001.csv.",
                "Line 5: the status 'perhaps' is neither accepted nor refused.",
                "Line 6: credit 8 is not in refunds-000001.csv."],
            reasons[1..^1]);
        Write("credit_id,status\n3,rejected\n1,accepted\n2,accepted\n");
        Assert.Empty((await Step()).Troubles);
        Assert.Equal(
            [CreditState.Settled, CreditState.Settled, CreditState.Failed],
            Enumerable.Range(1, 3).Select(i => paying.Get(new CreditId(i)).State));
        Assert.Equal([Name], Directory.GetFiles(paying.Inside("in"), "*", SearchOption.AllDirectories)
            .Select(Path.GetFileName));
        Assert.Empty(paying.Problems());
    }

    [Fact]
    public async Task Part_of_the_answers_is_put_aside_after_a_quiet_hour_and_later_lines_still_count()
    {
        for (var i = 1; i <= 3; i++) paying.Create(paying.Refund("1.00", i));
        await Step();
        using var billing = new FileStream(
            paying.Inside("in", Name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Add("credit_id,status\n1,accepted\n");
        await Step();
        paying.Here.Clock.Advance(TimeSpan.FromMinutes(50));
        Add("2,accepted\n");
        await Step();
        paying.Here.Clock.Advance(TimeSpan.FromMinutes(50));
        await Step();
        Assert.True(File.Exists(paying.Inside("in", Name)));
        paying.Here.Clock.Advance(TimeSpan.FromMinutes(10));
        await Step();
        Assert.False(File.Exists(paying.Inside("in", Name)));
        Assert.Equal(CreditState.Settling, paying.Get(new CreditId(3)).State);

        Add("3,acc");
        Assert.Contains("middle of a line", Assert.Single((await Step()).Troubles));
        Add("epted\n");
        Assert.Equal(1, (await Step()).Settled);
        Assert.Empty((await Step()).Troubles);
        Assert.Empty(paying.Problems());

        void Add(string text)
        {
            billing.Write(Encoding.UTF8.GetBytes(text));
            billing.Flush();
        }
    }

    [Fact]
    public async Task Last_line_without_an_end_is_never_taken_and_told_after_a_quiet_hour()
    {
        paying.Create(paying.Refund("4.99"));
        await Step();
        Write("credit_id,status,reference\n1,accepted,B-7");
        Assert.Contains("middle of a line", Assert.Single((await Step()).Troubles));
        paying.Here.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Contains("see " + Name + ".reason.txt", Assert.Single((await Step()).Troubles));
        Assert.Contains(
            "Line 2: it has no line break at its end", File.ReadAllText(paying.Inside("in", Name + ".reason.txt")));
        Assert.Equal(CreditState.Settling, paying.Get(new CreditId(1)).State);
        File.AppendAllText(paying.Inside("in", Name), "7\n");
        Assert.Equal(1, (await Step()).Settled);
        Assert.Equal("B-77", paying.Get(new CreditId(1)).Reference);
        Assert.Empty(Directory.GetFiles(paying.Inside("in")));
    }

    [Fact]
    public async Task Answer_with_the_key_of_another_payment_is_refused()
    {
        paying.Create(paying.Refund("4.99"));
        await Step();
        Write("credit_id,status,idempotency_key\n1,accepted,somebody-elses-1\n");
        await Step();
        Assert.Contains("was sent with the key", File.ReadAllText(paying.Inside("in", Name + ".reason.txt")));
        Assert.Equal(CreditState.Settling, paying.Get(new CreditId(1)).State);
    }

    [Fact]
    public async Task Answer_by_hand_is_worth_a_file_and_is_given_once()
    {
        for (var i = 1; i <= 2; i++) paying.Create(paying.Refund("4.99", i));
        await Step();
        paying.Here.Clock.Advance(TimeSpan.FromHours(30));
        var open = paying.Here.Read(HandedOver.List);
        Assert.Equal(
            [("refunds-000001.csv", 2L, "p1", true), ("refunds-000001.csv", 3L, "p2", true)],
            open.Select(one => (one.File, one.Line, one.PurchaseId?.Value, one.IsOverdue(paying.Now))));

        Assert.Contains("finance role", Refused(paying.Olga, 1, true));
        Assert.Contains("wrote or accepted the job", Refused(paying.Ann, 1, true, maker: paying.Ann.Id));
        Assert.Contains("Say why", Refused(paying.Ann, 1, false));
        paying.Write(db => settlement.AnswerByHand(
            db, Paying.By(paying.Ann), new PaymentAnswer(0, new CreditId(1), true, null, null)));
        paying.Write(db => settlement.AnswerByHand(
            db, Paying.By(paying.Ann), new PaymentAnswer(0, new CreditId(2), false, null, "card closed")));
        Assert.Contains("nothing of it waits for an answer", Refused(paying.Bob, 1, true));
        Assert.Equal(CreditState.Settled, paying.Get(new CreditId(1)).State);
        Assert.Equal(CreditState.Failed, paying.Get(new CreditId(2)).State);
        Assert.Empty(paying.Here.Read(HandedOver.List));

        // The file that comes after all says the same, and names the payment; another one contradicts.
        Write("credit_id,status,reference\n1,accepted,B-77\n2,accepted,B-78\n");
        Assert.Contains("1 line of this file was applied", Assert.Single((await Step()).Troubles));
        Assert.Contains(
            "Line 3: credit 2 was answered before as refused",
            File.ReadAllText(paying.Inside("in", Name + ".reason.txt")));
        Assert.Equal("B-77", paying.Get(new CreditId(1)).Reference);
        Assert.Equal(2, paying.Notes().Count);
        Assert.Empty(paying.Problems());
    }

    private string Refused(Actor by, long id, bool accepted, ActorId? maker = null) =>
        Assert.Throws<PaymentException>(() => paying.Write(db => settlement.AnswerByHand(
            db, maker is { } own ? Paying.By(by, own) : Paying.By(by),
            new PaymentAnswer(0, new CreditId(id), accepted, null, null)))).Message;

    private void Write(string text, string name = Name) => File.WriteAllText(paying.Inside("in", name), text);

    private Task<SettlementReport> Step() => settlement.RunOnce(paying.Here.Store);
}
