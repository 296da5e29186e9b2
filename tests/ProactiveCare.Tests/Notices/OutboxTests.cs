using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Delivery;

namespace ProactiveCare.Tests.Notices;

public sealed class OutboxTests : Postroom
{
    [Fact]
    public async Task Notice_is_queued_once_and_sent_once_in_the_customers_words()
    {
        var id = Queue("e1");
        Assert.Equal(id, Queue("e1"));

        var counts = await Step();
        var again = await Step();

        Assert.Equal(new DeliveryCounts(Sent: 1), counts);
        Assert.Equal(new DeliveryCounts(), again);
        var mail = Assert.Single(Relay.Mails);
        Assert.Equal("ada@example.com", mail.To.Address);
        Assert.Equal("playback.example.com", mail.ListId);
        Assert.StartsWith("Dear Ada **Byron**, Die Nacht on Freitag, 13. März 2026, 20:15 (CET).",
            mail.Text.Replace('\n', ' '),
            StringComparison.Ordinal);
        var row = Row(id);
        Assert.Equal(("sent", "250 ok", "Die Nacht"),
            ((string)row.state, (string)row.relay_reply, (string)row.subject));
        Assert.Equal((long)row.date_at, mail.Date.ToUnixTimeMilliseconds());
        Assert.Equal($"<n{id}.{Installed.Store.Installation.StoreId}@example.com>", mail.MessageId);
    }

    [Fact]
    public void Failed_transaction_queues_no_notice()
    {
        Assert.Throws<InvalidOperationException>(() => Installed.Write(db =>
        {
            Outbox.Queue(db, Request("e1"), Settings, Installed.Clock.Now());
            throw new InvalidOperationException("the event did not happen");
        }));

        Assert.Equal(0, Installed.Read(db => db.ExecuteScalar<int>("SELECT count(*) FROM notice")));
    }

    [Fact]
    public async Task Missing_or_broken_template_suppresses_its_notice_with_the_reason()
    {
        Words = null;
        var wordless = Queue("e1");
        Assert.Equal(new DeliveryCounts(Suppressed: 1), await Step());
        Words = "Subject: x\n\n{{not_there}}";
        var broken = Queue("e2");
        Assert.Equal(new DeliveryCounts(Suppressed: 1), await Step());

        Assert.Contains("no notice for 'refunded' in 'de-AT'", State(wordless).Reason, StringComparison.Ordinal);
        Assert.Contains("not_there is undefined", State(broken).Reason, StringComparison.Ordinal);
        Assert.Empty(Relay.Mails);
    }

    [Fact]
    public async Task Staff_mail_has_built_in_text_and_no_quiet_hours()
    {
        Installed.Clock.Set("2026-03-14T23:00:00Z");
        Installed.Write(db => Outbox.Queue(db, new NoticeRequest
        {
            EventKey = "summary:2026-03-14",
            Event = NoticeEvent.Summary,
            Topic = "summary",
            Staff = EmailAddress.Parse("ops@example.com", "Operations"),
            Facts = new()
            {
                ["headline"] = new NoticeValue.Words("41 people helped before they asked, 3 wait for you"),
                ["line_1"] = new NoticeValue.Words("38 refunds"),
                ["line_2"] = new NoticeValue.Sum(new Money(19962, Currency.Of("USD"))),
                ["action"] = new NoticeValue.Words("Look at: proactive-care credits list"),
            },
        }, Settings, Installed.Clock.Now()));

        Assert.Equal(new DeliveryCounts(Sent: 1), await Step());
        var mail = Assert.Single(Relay.Mails);
        Assert.Equal("Example Video: 41 people helped before they asked, 3 wait for you", mail.Subject);
        Assert.Equal(
            "41 people helped before they asked, 3 wait for you\n\n- 38 refunds\n- USD\u00A0199.62\n\n"
            + "Look at: proactive-care credits list\n",
            mail.Text);
        Assert.Null(mail.ListId);
    }

    [Theory]
    [InlineData("UPDATE notice SET message_id = '<x@y>'")]
    [InlineData("UPDATE notice SET date_at = 1")]
    [InlineData("UPDATE notice SET state = 'suppressed'")]
    [InlineData("UPDATE notice SET state = 'sent'")]
    public void Database_refuses_a_new_identity_and_an_end_without_its_reason(string sql)
    {
        Queue("e1");

        Assert.ThrowsAny<System.Data.Common.DbException>(() => Installed.Write(db => db.Execute(sql)));
    }

    [Fact]
    public async Task Folder_delivery_writes_one_file_per_notice()
    {
        Queue("e1");
        Queue("e2", request => request with { Customer = new("bob") });
        await using var folder = new MailFolder(Installed.Folder.Inside("outbox"));

        var counts =
            await new NoticeDelivery(Installed.Store, folder, Renderer(), Installed.Clock, new Random(1))
                .RunOnce(CancellationToken.None);

        Assert.Equal(new DeliveryCounts(Sent: 2), counts);
        Assert.Equal(2, Directory.GetFiles(Installed.Folder.Inside("outbox"), "*.eml").Length);
    }
}
