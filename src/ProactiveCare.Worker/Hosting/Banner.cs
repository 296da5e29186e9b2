using NodaTime.Text;
using ProactiveCare.Worker.Scheduling;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Hosting;

/// <summary>The lines that the worker prints when it starts.</summary>
internal static class Banner
{
    private static readonly ZonedDateTimePattern Pattern =
        ZonedDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm z", DateTimeZoneProviders.Tzdb);

    public static IEnumerable<string> Lines(ProactiveCareSettings settings, IReadOnlyList<JobClock> jobs, Instant now)
    {
        yield return $"The worker of {settings.Company.Name} runs.";
        yield return $"  node     {settings.Node}";
        yield return $"  data     {settings.Data}";
        if (settings.Server is { } server)
        {
            yield return $"  database {server.Place}";
            yield return $"  refunds  {settings.Refunds}; the same folder for every node";
        }
        yield return $"  jobs     {settings.Jobs} ({Count(jobs.Count)})";
        foreach (var job in jobs)
        {
            if (!job.IsReadable)
            {
                yield return $"           {job.Id}: {job.Note}";
                continue;
            }
            var next = ScheduleWords.Next(job.Cron, job.TimeZone, now, 1);
            var when = next.Count == 0 ? "never again" : "next " + Pattern.Format(next[0].InZone(job.TimeZone));
            yield return $"           {job.Id}: {ScheduleWords.Of(job.Cron)}, {when}";
            if (job.Note is { } note) yield return $"             {note}";
        }
        if (jobs.Count == 0)
            yield return "           Nothing is detected until there is one: 'proactive-care jobs new' makes one, "
                + "'jobs check' tests it.";
        yield return $"  mail     {NoticeSection.Way(settings.Notices)}";
        yield return settings.Urls.Count == 0
            ? "  http     none"
            : $"  http     {string.Join(", ", settings.Urls.Select(url => new Uri(url, "health/ready")))}";
        yield return "It stops with Ctrl+C.";
    }

    /// <summary>The first steps when there is no installation.</summary>
    public static IEnumerable<string> NothingHere(ProactiveCareSettings settings) =>
    [
        $"There is no installation in {settings.Place}, and none was made.",
        "",
        "To look around first:        proactive-care demo",
        "To make an installation:     proactive-care db init",
        "Then bring in your data:     proactive-care import customers customers.csv",
        "                             proactive-care import purchases purchases.csv",
        "                             proactive-care import sessions sessions.csv",
        "Test the jobs:               proactive-care jobs check",
        "And run the worker:          proactive-care run",
        "",
        "Another data folder is named with --data FOLDER or the setting ProactiveCare__Data,",
        "a database on a server by the setting ProactiveCare__Database__ConnectionString.",
    ];

    private static string Count(int jobs) => jobs switch
    {
        0 => "none",
        1 => "1 job",
        _ => $"{jobs} jobs",
    };
}
