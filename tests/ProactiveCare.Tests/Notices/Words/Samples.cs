using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Tests.Notices.Words;

/// <summary>A valid notice and a valid mail, for tests to alter.</summary>
internal static class Samples
{
    public const string Template = """
        Subject: We refunded {{title}}

        Dear {{customer_name}},

        {{! what happened }}{{! when }}
        "{{title}}" stalled on {{when}}: {{#if is_path_slow}}your connection{{else}}our service{{/if}} was slow.

        {{! what we did }}
        We gave back {{amount}}, all that you paid.

        {{! when the money arrives }}
        It arrives by {{arrives}}.

        {{! what you must do }}
        You need do nothing.

        {{! how to disagree }}
        If you see this differently, answer this mail or write to [{{reply_to}}](mailto:{{reply_to}}).

        Yours,
        {{company}}
        """;

    /// <summary>The evidence fields of the template's job.</summary>
    public static readonly string[] Evidence = ["is_path_slow"];

    public static Dictionary<string, object> Model => new(StringComparer.Ordinal)
    {
        ["customer_name"] = "Ada Byron",
        ["title"] = "The Long Night",
        ["when"] = "Saturday 14 March 2026, 20:15 (CET)",
        ["amount"] = "€4.99",
        ["arrives"] = "20 March 2026",
        ["reply_to"] = "care@example.com",
        ["company"] = "Example Video",
        ["is_path_slow"] = false,
    };

    /// <summary>The mail as it is sent.</summary>
    public static byte[] Bytes(OutgoingMail mail) => new MailComposer().ToBytes(mail);

    public static OutgoingMail Mail(string id = "<n1.a1b2@example.com>") => new(
        id,
        Instant.FromUtc(2026, 3, 14, 20, 15),
        EmailAddress.Parse("care@example.com", "Example \"Video\""),
        EmailAddress.Parse("people@example.com"),
        EmailAddress.Parse("ada@bücher.example", "Ada Müller"),
        "Wir haben „Die lange Nacht“ erstattet",
        "Guten Tag,\n\n.ein Punkt am Anfang\nFrom hier an Umlaute: ÄÖÜ = gut \n",
        "<p>Guten Tag</p>\n",
        "de-AT",
        "playback.example.com");
}
