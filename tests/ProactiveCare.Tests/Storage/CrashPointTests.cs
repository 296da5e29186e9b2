using System.Text;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

public sealed class CrashPointTests
{
    [Fact]
    public void Crash_point_is_named_after_its_caller()
    {
        var given = 3;
        Func<int> first = () => given, second = () => given + 1;
        Action third = static () => { };
        const string Here = $"{nameof(CrashPointTests)}.{nameof(Crash_point_is_named_after_its_caller)}";
        Assert.Equal(
            [Here, Here + ".1", Here + ".2", $"{nameof(CrashPointTests)}.{nameof(Named)}"],
            new Delegate[] { first, second, third, Named }.Select(CrashPoint.NameOf));
    }

    [Fact]
    public void Build_without_crash_points_holds_nothing_that_could_kill_it()
    {
        var program = File.ReadAllBytes(typeof(Store).Assembly.Location);
        Assert.True(program.AsSpan().IndexOf(Encoding.Unicode.GetBytes("PROACTIVE_CARE_CRASH")) < 0);
        Assert.True(program.AsSpan().IndexOf(Encoding.Unicode.GetBytes("Backup.Write:copied")) < 0);
    }

    private static void Named()
    {
    }
}
