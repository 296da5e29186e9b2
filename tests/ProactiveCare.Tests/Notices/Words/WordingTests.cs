using NodaTime;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;

namespace ProactiveCare.Tests.Notices.Words;

public sealed class WordingTests
{
    [Theory]
    [InlineData("en-GB", "Europe/Berlin", "Saturday, 14 March 2026, 20:15 (CET)")]
    [InlineData("en-US", "America/New_York", "Saturday, March 14, 2026, 3:15 PM (EDT)")]
    [InlineData("de-AT", "Europe/Vienna", "Samstag, 14. März 2026, 20:15 (CET)")]
    [InlineData("fr-FR", "Europe/Paris", "samedi 14 mars 2026, 20:15 (CET)")]
    [InlineData("ja-JP", "Asia/Tokyo", "2026年3月15日日曜日, 4:15 (JST)")]
    [InlineData("pt-BR", "America/Sao_Paulo", "sábado, 14 de março de 2026, 16:15 (UTC-03)")]
    [InlineData("xx-XX", "UTC", "Saturday, March 14, 2026, 7:15 PM (UTC)")]
    public void Instants_are_formatted_in_the_readers_zone_and_language(string locale, string zone, string expected)
    {
        var text = Wording.Moment(Instant.FromUtc(2026, 3, 14, 19, 15), DateTimeZoneProviders.Tzdb[zone], locale);

        Assert.Equal(expected, text.Replace('\u00A0', ' '));
    }

    [Fact]
    public void Repeated_hour_is_unambiguous()
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

        Assert.EndsWith("02:30 (CEST)", Wording.Moment(Instant.FromUtc(2026, 10, 25, 0, 30), zone, "de-DE"),
            StringComparison.Ordinal);
        Assert.EndsWith("02:30 (CET)", Wording.Moment(Instant.FromUtc(2026, 10, 25, 1, 30), zone, "de-DE"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en-US", "USD", 499, "$4.99")]
    [InlineData("en-CA", "USD", 499, "USD 4.99")]
    [InlineData("en-US", "CAD", 123456, "CAD 1,234.56")]
    [InlineData("de-DE", "EUR", 123456, "1.234,56 €")]
    [InlineData("de-DE", "USD", 499, "4,99 USD")]
    [InlineData("de-AT", "EUR", 499, "€ 4,99")]
    [InlineData("de", "EUR", 499, "4,99 €")]
    [InlineData("en-GB", "GBP", 499, "£4.99")]
    [InlineData("ja-JP", "JPY", 500, "￥500")]
    [InlineData("en-US", "JPY", 12500, "JPY 12,500")]
    [InlineData("en-US", "KWD", 1250, "KWD 1.250")]
    [InlineData("fr-FR", "KWD", 1250, "1,250 KWD")]
    [InlineData("sv-SE", "SEK", 4900, "49,00 kr")]
    [InlineData("da-DK", "SEK", 4900, "49,00 SEK")]
    [InlineData("en-US", "USD", -499, "-$4.99")]
    public void Amount_has_its_currencys_decimals_and_no_ambiguous_symbol(string locale, string currency, long minor,
        string expected)
    {
        var text = Wording.Amount(new Money(minor, Currency.Of(currency)), locale);

        Assert.Equal(expected, text.Replace('\u00A0', ' '));
        Assert.DoesNotContain(' ', text);
    }

    [Fact]
    public void Facts_are_stored_raw_and_formatted_for_each_reader()
    {
        var facts = new NoticeFacts
        {
            ["title"] = new NoticeValue.Words("Nacht"),
            ["is_refund"] = new NoticeValue.Flag(true),
            ["when"] = new NoticeValue.Moment(Instant.FromUtc(2026, 3, 14, 19, 15)),
            ["arrives"] = new NoticeValue.Day(new LocalDate(2026, 3, 20)),
            ["amount"] = new NoticeValue.Sum(new Money(499, Currency.Of("EUR"))),
            ["stalls"] = new NoticeValue.Number(1234.5m),
        };

        var words = NoticeFacts.FromJson(facts.ToJson()).InWords("de-DE", DateTimeZoneProviders.Tzdb["Europe/Berlin"]);

        Assert.Equal("Nacht", words["title"]);
        Assert.Equal(true, words["is_refund"]);
        Assert.Equal("Samstag, 14. März 2026, 20:15 (CET)", words["when"]);
        Assert.Equal("Freitag, 20. März 2026", words["arrives"]);
        Assert.Equal("4,99\u00A0€", words["amount"]);
        Assert.Equal("1.234,5", words["stalls"]);
        Assert.Throws<FormatException>(() => NoticeFacts.FromJson("""{"x":{"colour":"red"}}"""));
    }
}
