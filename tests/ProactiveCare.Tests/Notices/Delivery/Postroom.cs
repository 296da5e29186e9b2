using Dapper;
using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Delivery;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Tests.Notices.Delivery;

/// <summary>Two customers, an outbox, and a scripted relay.</summary>
public abstract class Postroom : IDisposable
{
    private const string Template =
        "Subject: {{title}}\n\nDear {{customer_name}}, {{title}} on {{when}}. {{reply_to}}\n";

    internal Installed Installed { get; } = new();

    internal AnsweringTransport Relay { get; } = new();

    protected string? Words { get; set; } = Template;

    protected Postroom() => Installed.Write(db =>
    {
        Customer(db, "ada", "Ada **Byron**", "de-AT", "Europe/Vienna");
        Customer(db, "bob", "Bob", "en-GB", null);
    });

    internal static NoticeSettings Settings { get; } = new()
    {
        From = EmailAddress.Parse("care@example.com", "Example Video"),
        ReplyTo = EmailAddress.Parse("people@example.com"),
        Company = "Example Video",
        Domain = "example.com",
        TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
        MaxAttempts = 3,
        HoldUncertain = new HashSet<string>(StringComparer.Ordinal) { "legal" },
    };

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Installed.Dispose();

    private static void Customer(System.Data.Common.DbConnection db, string id, string name, string locale,
        string? zone) =>
        db.Execute(
            """
            INSERT INTO customer (customer_id, email, name, locale, time_zone, status, content_hash, received_at)
            VALUES (@id, @email, @name, @locale, @zone, 'active', zeroblob(1), 0)
            """,
            new { id, email = id + "@example.com", name, locale, zone });

    protected static NoticeRequest Request(string key) => new()
    {
        EventKey = key,
        Event = NoticeEvent.Refunded,
        Topic = "playback",
        Customer = new("ada"),
        Job = new("slow-video-stream"),
        JobVersion = new("abc"),
        Case = new(7),
        Facts = new()
        {
            ["title"] = new NoticeValue.Words("Die Nacht"),
            ["when"] = new NoticeValue.Moment(Time.Parse("2026-03-13T19:15:00Z")),
        },
    };

    protected NoticeId Queue(string key, Func<NoticeRequest, NoticeRequest>? change = null) => Installed.Write(db =>
    {
        Outbox.Queue(db, change is null ? Request(key) : change(Request(key)), Settings, Installed.Clock.Now());
        return db.QuerySingle<NoticeId>("SELECT notice_id FROM notice WHERE event_key = @key", new { key });
    });

    protected NoticeRenderer Renderer() => new(
        Settings, (_, _, locale, _) => Words is { } text ? new NoticeWords(text, locale) : null);

    protected NoticeDelivery NewDelivery() => new(Installed.Store, Relay, Renderer(), Installed.Clock, new Random(1));

    protected Task<DeliveryCounts> Step() => NewDelivery().RunOnce(CancellationToken.None);

    protected dynamic Row(NoticeId id) =>
        Installed.Read(db => db.QuerySingle("SELECT * FROM notice WHERE notice_id = @id", new { id }));

    protected (string State, string? Reason) State(NoticeId id) => ((string)Row(id).state, (string?)Row(id).reason);

    /// <summary>Keeps the mails; gives the scripted answers, then accepts all.</summary>
    internal sealed class AnsweringTransport : IMailTransport
    {
        private readonly Queue<SendResult> answers = new();

        public List<OutgoingMail> Mails { get; } = [];

        public bool DiesNext { get; set; }

        public void Answers(params SendResult[] results)
        {
            foreach (var result in results) answers.Enqueue(result);
        }

        public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
        {
            Mails.Add(mail);
            if (DiesNext)
            {
                DiesNext = false;
                throw new InvalidOperationException("the process is gone");
            }
            var answer = answers.TryDequeue(out var told) ? told : new(SendOutcome.Accepted, "250 ok");
            return Task.FromResult(answer);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
