using System.Globalization;
using System.Net;
using Markdig.Syntax;

namespace ProactiveCare.Notices.Words;

/// <summary>
/// The HTML part of a notice. One column that fits a phone, the reader's own fonts, light and dark, nothing fetched
/// from anywhere: a mail about money must not look like, or track like, an advertisement.
/// </summary>
internal static class HtmlMail
{
    private const string Style = """
        body{margin:0;padding:0;background:#f3f4f2;color:#1d2521;
        font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;
        font-size:17px;line-height:1.55;-webkit-text-size-adjust:100%}
        .page{width:100%;background:#f3f4f2}
        .card{max-width:600px;margin:0 auto;background:#ffffff;border-radius:12px}
        .head{padding:22px 28px 0;font-size:15px;font-weight:600;color:#1b6b4a}
        .body{padding:6px 28px 22px;overflow-wrap:anywhere}
        h1,h2,h3{font-size:21px;line-height:1.3;margin:18px 0 8px}
        p{margin:0 0 16px}ul,ol{margin:0 0 16px;padding-inline-start:22px}li{margin:0 0 6px}
        a{color:#155c8a;text-decoration:underline}
        hr{border:0;border-top:1px solid #d9dedb;margin:20px 0}
        @media(prefers-color-scheme:dark){body,.page{background:#141816;color:#e8ece9}.card{background:#1f2522}
        .head{color:#7fd3ae}a{color:#8cc7ef}hr{border-top-color:#3a433e}}
        @media(max-width:480px){.head{padding:18px 20px 0}.body{padding:4px 20px 16px}.card{border-radius:0}}
        """;

    public static string Of(MarkdownDocument document, string subject, string locale, string company)
    {
        var culture = Wording.CultureOf(locale);
        var direction = culture.TextInfo.IsRightToLeft ? "rtl" : "ltr";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{WebUtility.HtmlEncode(culture.Name)}" dir="{direction}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <title>{WebUtility.HtmlEncode(subject)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0">
            <tr><td style="padding:16px 0">
            <div class="card" role="article" lang="{WebUtility.HtmlEncode(culture.Name)}" dir="{direction}">
            <div class="head">{WebUtility.HtmlEncode(company)}</div>
            <div class="body">
            {MarkdownText.ToHtml(document).TrimEnd()}
            </div>
            </div>
            </td></tr></table>
            </body>
            </html>

            """);
    }
}
