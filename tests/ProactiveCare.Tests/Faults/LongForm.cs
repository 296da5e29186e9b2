using System.Globalization;

namespace ProactiveCare.Tests.Faults;

/// <summary>The settings that <c>scripts/crash</c> gives the long forms.</summary>
internal static class LongForm
{
    public static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable("PROACTIVE_CARE_CRASH_" + name) is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : otherwise;
}
