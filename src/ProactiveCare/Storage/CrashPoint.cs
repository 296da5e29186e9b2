using System.Diagnostics;

namespace ProactiveCare.Storage;

/// <summary>Places before and after each durable step at which a test build can die as by SIGKILL. Builds without
/// <c>CRASH_POINTS</c> do not contain the calls.</summary>
/// <remarks>
/// <c>PROACTIVE_CARE_CRASH_AT=NAME#3</c> dies when NAME is passed for the third time; <c>PROACTIVE_CARE_CRASH_LOG</c>
/// names a file that gets a line for each point passed.
/// </remarks>
internal static class CrashPoint
{
    /// <summary>Passes a point: <c>Type.Member:place</c>.</summary>
    [Conditional("CRASH_POINTS")]
    public static void At(string name) => Pass(name);

    /// <summary>Passes a point of a unit of work, named after the method of the work.</summary>
    [Conditional("CRASH_POINTS")]
    public static void At(Delegate work, string place) => Pass($"{NameOf(work)}:{place}");

    // The compiler names a lambda of a method <Method>b__1 or <Method>b__4_1; the last figure is its position.
    internal static string NameOf(Delegate work)
    {
        var type = work.Method.DeclaringType!;
        while (type.DeclaringType is { } outer) type = outer;
        var name = work.Method.Name;
        if (!name.StartsWith('<')) return $"{type.Name}.{name}";
        var ordinal = name[(name.LastIndexOf('_') + 1)..];
        return $"{type.Name}.{name[1..name.LastIndexOf('>')]}" + (ordinal == "0" ? "" : "." + ordinal);
    }

#if CRASH_POINTS
    private static readonly Lock Passing = new();
    private static readonly string? Log = Environment.GetEnvironmentVariable("PROACTIVE_CARE_CRASH_LOG");
    private static readonly (string Name, int Left)? Death = Chosen();
    private static int passed;

    private static (string Name, int Left)? Chosen()
    {
        if (Environment.GetEnvironmentVariable("PROACTIVE_CARE_CRASH_AT") is not { Length: > 0 } given) return null;
        var hash = given.LastIndexOf('#');
        return hash < 0
            ? (given, 1)
            : (given[..hash], int.Parse(given.AsSpan(hash + 1), CultureInfo.InvariantCulture));
    }

    private static void Pass(string name)
    {
        lock (Passing)
        {
            if (Log is not null) File.AppendAllText(Log, name + "\n");
            if (Death is not { } death || death.Name != name || ++passed < death.Left) return;
            // SIGKILL where signals exist; the call does not return.
            using var self = Process.GetCurrentProcess();
            self.Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }
#else
    private static void Pass(string name) => throw new InvalidOperationException(name);
#endif
}
