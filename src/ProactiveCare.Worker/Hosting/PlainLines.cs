using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Worker.Hosting;

/// <summary>
/// The log on the console: a line has when, how grave, and what; a failure's trace follows on its line, unless it says
/// all that an operator can use.
/// </summary>
internal sealed class PlainLines() : ConsoleFormatter(Formatter)
{
    public const string Formatter = "plain-lines";

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

    // Quartz writes the whole trace into its message, again and again for as long as a server is away.
    private static DbException? Database(Exception? e) =>
        e as DbException ?? (e is null ? null : Database(e.InnerException));
}
