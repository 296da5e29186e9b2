using static ProactiveCare.HarmlessText;

namespace ProactiveCare.Jobs.Reading;

/// <summary>Binds the keys of <c>job.yaml</c> by hand, so that a value has its line, key and bounds.</summary>
internal static class JobReader
{
    /// <summary>The job as far as it could be read; it counts only when nothing was noted.</summary>
    public static Job Read(YamlMap map, JobFolder folder, Func<string, string?> cronError, Problems problems)
    {
        var top = new KeyReader(map, "", KeyTable.Job, problems);
        var remedy = RemedyReader.Read(top);
        var job = new Job
        {
            Id = new JobId(top.Need("id", Scalars.Name, "")),
            Description = top.Need("description", Scalars.Text(500), ""),
            Owner = top.Need("owner", Scalars.Email, ""),
            Entitlement = top.Need("entitlement", EntitlementOf, Entitlement.Goodwill),
            Schedule = Schedule(top.NeedMap("schedule"), cronError),
            Detect = DetectorReader.Read(top.NeedMap("detect"), folder),
            Remedy = remedy,
            Exclude = Exclude(top.Map("exclude")),
            Limits = RemedyReader.Limits(top, pays: remedy is not NoticeOnly),
            Notice = Notice(top.NeedMap("notice")),
            Rollout = Rollout(top.NeedMap("rollout")),
            Folder = folder,
        };
        if (job.Notice.Urgent && job.Rollout.HoldOut > 0)
            top.Problem("rollout", "holdOut must be 0% for an urgent notice: a warning of danger is never held out.");
        return job;
    }

    private static Entitlement EntitlementOf(string text) => text switch
    {
        "goodwill" => Entitlement.Goodwill,
        "contract" or "statutory" =>
            throw new FormatException($"'{text}' is not supported by this version; only goodwill is."),
        _ => throw new FormatException($"must be goodwill, but is '{Shown(text)}'."),
    };

    private static JobSchedule Schedule(KeyReader? keys, Func<string, string?> cronError)
    {
        var day = NodaTime.Duration.FromDays(1);
        var utc = NodaTime.DateTimeZone.Utc;
        return keys is null
            ? new JobSchedule("", utc, day, day)
            : new JobSchedule(
                keys.Need("cron", Cron, ""),
                keys.Need("timeZone", Scalars.Zone, utc),
                keys.Or("catchUp", Scalars.Duration("1m", "31d"), day),
                keys.Need("expectEvery", Scalars.Duration("1m", "31d"), day));

        string Cron(string text) => cronError(text) is { } error
            ? throw new FormatException(
                $"'{Shown(text)}' is not a Quartz cron expression: {Shown(error.TrimEnd('.'))}.")
            : text;
    }

    private static Exclusions Exclude(KeyReader? keys) => keys is null
        ? new Exclusions([], [], [])
        : new Exclusions(
            keys.Many("status", Scalars.Text(64)),
            keys.Many("plan", Scalars.Text(64)),
            keys.Many("purchaseKind", Scalars.Text(64)));

    private static NoticePolicy Notice(KeyReader? keys) => keys is null
        ? new NoticePolicy("", false)
        : new NoticePolicy(
            keys.Need("topic", Scalars.Name, ""),
            keys.Or("urgency", Scalars.OneOf("normal", "urgent"), "normal") == "urgent");

    private static Rollout Rollout(KeyReader? keys)
    {
        var makeGood = NodaTime.Duration.FromDays(14);
        return keys is null
            ? new Rollout(true, 0, makeGood)
            : new Rollout(
                keys.Need("mode", Scalars.OneOf("live", "shadow"), "shadow") == "shadow",
                keys.Or("holdOut", Scalars.Percent(0m, 0.5m), 0m),
                keys.Or("makeGood", Scalars.Duration("1d", "90d"), makeGood));
    }
}
