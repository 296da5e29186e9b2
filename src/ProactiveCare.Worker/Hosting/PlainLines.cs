using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using ProactiveCare.Worker.Shell;

namespace ProactiveCare.Worker.Hosting;

/// <summary>
/// The log on the console: a line has when, how grave, and what; a failure's trace follows on its line.
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
        var trace = logEntry.Exception is { } e && !Failures.IsForPeople(e) ? " " + e : "";
        if (logEntry.Exception is { } told && trace.Length == 0) text += " " + told.Message;
        var at = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        textWriter.WriteLine($"{at} {grave}{Terminal.Clean(text + trace).ReplaceLineEndings(" ")}");
    }
}
