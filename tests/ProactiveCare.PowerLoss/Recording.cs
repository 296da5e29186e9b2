using System.Text;
using ProactiveCare.Storage;

namespace ProactiveCare.PowerLoss;

/// <summary>A day of the company as the system calls of the process that lived it.</summary>
internal sealed record Recording(IReadOnlyList<Op> Ops, IReadOnlySet<string> Mails)
{
    /// <summary>
    /// One fsync in 37 fails, from the thirtieth on; an hour tried again needs fewer to come further.
    /// </summary>
    public const string FailingSync = "fsync,fdatasync:error=EIO:when=30+37";

    /// <summary>The first failure is during init.</summary>
    public const string FailingAtOnce = "fsync,fdatasync:error=EIO:when=20+23";

    /// <summary>Runs the day in another process, under strace.</summary>
    /// <param name="hours">What comes in.</param>
    /// <param name="injected">Faults, as strace understands them; the day goes on until it is through.</param>
    public static Recording Of(IReadOnlyList<Hour> hours, string? injected = null)
    {
        var root = Directory.CreateTempSubdirectory("power-loss-").FullName;
        try
        {
            var ops = Trace.Record(root, injected, "dotnet", typeof(Recording).Assembly.Location, "record", root,
                Text(hours.Count), Text(hours[0].Customers));
            var said = new Said();
            foreach (var mark in ops.OfType<Mark>()) said.Take(mark.Text);
            return new Recording(ops, said.Mailed.Select(mail => mail.Hash).ToHashSet(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The work of the recorded process.</summary>
    public static void Live(string root, IReadOnlyList<Hour> hours)
    {
        using var marks = new FileStream(
            Path.Combine(root, Trace.Marks), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        void Say(string text) => marks.Write(Encoding.UTF8.GetBytes(text + "\n"));
        foreach (var hour in hours)
        {
            // A failing worker is restarted, and requests without an acknowledgement are repeated.
            for (var tries = 1; !IsThrough(root, Say, hour, tries); tries++) { }
        }
    }

    private static bool IsThrough(string root, Action<string> say, Hour hour, int tries)
    {
        try
        {
            var said = new Said();
            foreach (var line in File.ReadAllLines(Path.Combine(root, Trace.Marks))) said.Take(line);
            using var company = new Company(root, say, said, hour.Number);
            company.Hour(hour);
            company.GoOn();
            if (hour.Number % 2 == 1 && said.Backups.Count * 2 < hour.Number)
                company.BackUp($"hour-{Text(hour.Number)}-{Text(tries)}.db");
            return true;
        }
        catch (Exception e) when (e is IOException or StorageException or InvalidOperationException && tries < 100)
        {
            Console.Error.WriteLine(e.Message);
            return false;
        }
    }

    public static IReadOnlyList<Hour> Day(int hours, int customers) =>
        [.. Enumerable.Range(0, hours).Select(number => new Hour(number, customers))];

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
