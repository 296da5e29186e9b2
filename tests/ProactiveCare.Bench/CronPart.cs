using NodaTime;
using NodaTime.Text;
using ProactiveCare.Notices.Mail;

namespace ProactiveCare.Bench;

/// <summary>The whole way from a file to mails, against the cron script that one would write instead.</summary>
internal static class CronPart
{
    private const int HistoryDays = 10;

    public static async Task Measure(Room room, Scoreboard board)
    {
        using var sink = new Sink();
        await sink.Answers();
        await using var mail = sink.Transport(4);
        var folder = room.Folder("cron");
        var (plain, tuned) = (Path.Combine(folder, "plain.db"), Path.Combine(folder, "tuned.db"));
        var days = new Days(room, room.Options.Day);
        using var company = await Company.Open(folder, Company.After(days.Date), mail);
        var people = Path.Combine(folder, "customers.csv");
        Evenings.WriteCustomers(people, room.Options.Day);
        await company.Import("customers", people);
        await Programs.Run("python3", [Room.Beside("cron_script.py"), plain, "--customers", people]);
        for (var i = 0; i < HistoryDays; i++)
        {
            var files = days.Next();
            await Script(sink, plain, days.Date, files, "--tuned");
            await OneRun.Live(company, files);
        }
        await Programs.Run("sqlite3", [plain, "PRAGMA journal_mode = DELETE"]);
        File.Copy(plain, tuned);
        var today = "";
        var medians = await Alternating.Medians(
            room.Options.Times,
            () => Script(sink, plain, days.Date, today = days.Next()),
            () => Script(sink, tuned, days.Date, today, "--tuned"),
            async () => (await OneRun.Live(company, today)).All);
        var what = $"a day of {room.Options.Day:N0} rentals, from files to mails";
        board.Rates($"{what}: Python script as one writes it", 3600 / medians[2], 3600 / medians[0], "days/h", 20);
        board.Rates("the same: script with WAL and one SMTP connection", 3600 / medians[2], 3600 / medians[1],
            "days/h", 20);
        board.Note("Cron script: cron_script.py of the bench. Both take in a day of rentals, each with one session, of "
            + $"which 3 % stalled too much, after {HistoryDays} days like it; find, record and refund them, and mail "
            + "each customer. The script commits each refund and each mark of a mail sent, and looks at what was "
            + "watched in the last two days through indexes; it is timed from its start to its end. Ours is the "
            + "resident worker's way with 4 SMTP sessions, refund files and billing's answers included, with limits "
            + "raised so that no refund waits for a person.");
    }

    private static async Task<double> Script(
        Sink sink, string db, LocalDate date, string files, params string[] more)
    {
        var (seconds, told) = await Programs.Run("python3",
        [
            Room.Beside("cron_script.py"), db, "--purchases", Path.Combine(files, "purchases.csv"), "--sessions",
            Path.Combine(files, "sessions.csv"), "--relay", $"127.0.0.1:{sink.Port}", "--now",
            InstantPattern.General.Format(Company.After(date)), .. more,
        ]);
        return told.Trim() != "0" ? seconds : throw new InvalidOperationException("The script refunded nothing.");
    }
}
