using System.Globalization;

namespace ProactiveCare.Tests.Faults;

/// <summary>The results of rounds, as a table for people.</summary>
internal static class CrashReport
{
    public static string Of(CrashRounds rounds) => string.Join('\n',
    [
        "rounds                          " + Number(rounds.Rounds),
        "killed                          " + Number(rounds.Killed),
        "points killed at                " + Number(rounds.KilledAt.Keys.Count(point => point[0] != '(')),
        "orders confirmed                " + Number(rounds.Confirmed),
        "mails taken by the relay        " + Number(rounds.Mails),
        "refunds paid by billing         " + Number(rounds.Paid),
        "attempts counted as uncertain   " + Number(rounds.Uncertain),
        "mails that came again for that  " + Number(rounds.Doubled),
        string.Create(
            CultureInfo.InvariantCulture, $"longest orderly stop            {rounds.LongestStop.TotalSeconds:0.0} s"),
        "problems                        " + Number(rounds.Problems.Count),
        .. rounds.KilledAt.Select(point => $"  {point.Value,4} {point.Key}"),
        .. rounds.Unreached.Select(point => $"  not reached: {point}"),
        .. rounds.Complaints.Select(line => $"  the worker said: {line}"),
        .. rounds.Problems.Distinct(StringComparer.Ordinal).Select(problem => $"  PROBLEM {problem}"),
    ]);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
