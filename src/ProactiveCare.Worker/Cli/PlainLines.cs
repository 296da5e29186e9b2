using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli;

/// <summary>
/// Writes the log to the console: a line holds time, severity and text. A stack trace follows on the same line, unless
/// the message of the exception was written for operators.
/// </summary>
internal sealed class PlainLines() : ConsoleFormatter(Formatter)
{
    public const string Formatter = "plain-lines";

    /// <summary>The worker's logger factory with this format.</summary>
    public static ILoggerFactory Logs(ProactiveCareSettings settings) => LoggerFactory.Create(logging =>
    {
        logging.AddConsole(options => options.FormatterName = Formatter)
            .AddConsoleFormatter<PlainLines, ConsoleFormatterOptions>();
        logging.AddFilter("Quartz", LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning);
        // A failed connection is reported on that connection; an operator can do nothing about it.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical);
        // `run` reports a failed start itself.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddConfiguration(settings.Given.GetSection("Logging"));
    });

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var grave = logEntry.LogLevel switch
        {
            LogLevel.Warning => "WARNING  ",
            LogLevel.Error => "ERROR    ",
            LogLevel.Critical => "CRITICAL ",
            _ => "",
        };
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.Category.StartsWith("Quartz", StringComparison.Ordinal) && Database(logEntry.Exception) is { } db)
        {
            Line(textWriter, grave, $"The scheduler cannot use the database now, and tries again. {db.Message}");
            return;
        }
        var trace = logEntry.Exception is { } e && !Failures.IsForPeople(e) ? " " + e : "";
        if (logEntry.Exception is { } told && trace.Length == 0) text += " " + told.Message;
        Line(textWriter, grave, text + trace);
    }

    private static void Line(TextWriter writer, string grave, string text)
    {
        var at = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        writer.WriteLine($"{at} {grave}{Terminal.Clean(text).ReplaceLineEndings(" ")}");
    }

    // Quartz repeats the whole trace in its message while a server is away.
    private static DbException? Database(Exception? e) =>
        e as DbException ?? (e is null ? null : Database(e.InnerException));
}
