import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.text.NumberFormat;
import java.text.SimpleDateFormat;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.Locale;
import java.util.TimeZone;

/** Writes values as Java's own libraries write them, in the form of forms.py. usage: java Forms.java FOLDER */
final class Forms {
    private static PrintStream out;

    private static void value(String kind, String column, Object text, String outcome) {
        out.print(kind + "\t" + column + "\t" + text + "\t" + outcome + "\n");
    }

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        try (var file = new PrintStream(
                Files.newOutputStream(Path.of(args[0], "java.tsv")), false, StandardCharsets.UTF_8)) {
            out = file;
            instants();
            numbers();
            names();
        }
    }

    private static void instants() {
        for (var zone : new String[] {"UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"}) {
            for (var text : new String[] {"2026-03-01T18:05:00Z", "2026-03-01T18:05:31Z", "2026-03-01T18:05:31.123456789Z"}) {
                var instant = Instant.parse(text);
                var stored = "=" + instant.toEpochMilli();
                var at = instant.atZone(ZoneId.of(zone));
                value("sessions", "started_at", instant, stored);
                value("sessions", "started_at", at.toOffsetDateTime(), stored);
                value("sessions", "started_at", at, stored);
                value("sessions", "started_at", at.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME), stored);
                value("sessions", "started_at", at.format(DateTimeFormatter.ISO_ZONED_DATE_TIME), stored);
                value("sessions", "started_at", at.toLocalDateTime(), "!has no offset");
                value("sessions", "started_at", Timestamp.from(instant), "!has no offset");
                value("sessions", "started_at", at.format(DateTimeFormatter.RFC_1123_DATE_TIME), "!ISO 8601");
                value("sessions", "started_at", instant.toEpochMilli(), "!is a number");
                value("sessions", "started_at", at.format(DateTimeFormatter.ofPattern("dd/MM/yyyy HH:mm")), "!begin");
                value("sessions", "started_at", at.format(DateTimeFormatter.ofPattern("dd.MM.yyyy HH:mm")), "!begin");
                old(at, instant, stored);
            }
        }
    }

    private static void old(ZonedDateTime at, Instant instant, String stored) {
        for (var pattern : new String[] {
            "yyyy-MM-dd'T'HH:mm:ss.SSSZ", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd HH:mm:ss.SSSXX"}) {
            var format = new SimpleDateFormat(pattern, Locale.ROOT);
            format.setTimeZone(TimeZone.getTimeZone(at.getZone()));
            value("sessions", "started_at", format.format(Date.from(instant)), stored);
        }
        value("sessions", "started_at", Date.from(instant.truncatedTo(ChronoUnit.SECONDS)), "!ISO 8601");
    }

    private static void numbers() {
        for (var number : new Object[] {1200, 1200L, 1200.0, 1200f, 1.2e3, new BigDecimal("1200"),
            new BigDecimal("1200.00"), new BigDecimal("1200").stripTrailingZeros(), String.format("%.1f", 1200.0)}) {
            value("sessions", "watch_seconds", number, "=1200");
        }
        for (var number : new Object[] {3, 3.0, 3f, new BigDecimal("3.0"), String.format("%.2f", 3.0)}) {
            value("sessions", "stall_count", number, "=3");
        }
        value("sessions", "stall_count", NumberFormat.getInstance(Locale.GERMANY).format(3.5), "!comma");
        value("sessions", "stall_count", NumberFormat.getInstance(Locale.US).format(1200), "!comma");
        value("sessions", "stall_count", Long.MAX_VALUE, "!more than");
        value("sessions", "longest_stall_seconds", String.valueOf((Object) null), "=");
        value("sessions", "longest_stall_seconds", Double.NaN, "=");
        for (var flag : new Object[] {true, "TRUE", Boolean.TRUE, "True", 1, 1.0}) {
            value("sessions", "startup_failed", flag, "=1");
        }
        for (var flag : new Object[] {false, "FALSE", Boolean.FALSE, 0, 0.0}) {
            value("sessions", "startup_failed", flag, "=0");
        }
        for (var amount : new Object[] {new BigDecimal("500"), new BigDecimal("500.00"), 500.0, 500,
            new BigDecimal("500").stripTrailingZeros(), new BigDecimal("5E+2")}) {
            value("purchases", "amount", amount, "=50000");
        }
        value("purchases", "amount", NumberFormat.getCurrencyInstance(Locale.US).format(4.99), "!alone");
        value("purchases", "amount", NumberFormat.getInstance(Locale.GERMANY).format(4.99), "!comma");
        value("purchases", "amount", new BigDecimal("4.999"), "!decimals");
        value("purchases", "currency", "eur", "=EUR");
    }

    private static void names() {
        value("customers", "locale", Locale.GERMANY, "=de-DE");
        value("customers", "locale", Locale.GERMANY.toLanguageTag(), "=de-DE");
        value("customers", "locale", Locale.GERMANY.toString().toLowerCase(Locale.ROOT), "=de-DE");
        value("customers", "locale", Locale.GERMANY.getDisplayLanguage(Locale.ENGLISH), "-locale");
        value("customers", "time_zone", TimeZone.getTimeZone("Europe/Berlin").getID(), "=Europe/Berlin");
        value("customers", "time_zone", ZoneId.of("Europe/Berlin").toString().toLowerCase(Locale.ROOT), "=Europe/Berlin");
        value("customers", "time_zone", ZoneId.of("UTC+02:00"), "-time zone");
        value("customers", "time_zone", "America/New York", "=America/New_York");
    }
}
