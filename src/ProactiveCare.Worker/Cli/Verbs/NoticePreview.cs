using System.Text.RegularExpressions;
using ProactiveCare.Cases;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Notices;
using ProactiveCare.Notices.Words;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Worker.Cli.Verbs;

/// <summary>Renders a job's templates with sample facts, so that their author sees what customers will.</summary>
internal static partial class NoticePreview
{
    public static RenderedNotice Of(
        ProactiveCareSettings settings, string wanted, string locale, string? word, Instant now)
    {
        var job = Find(settings, wanted);
        var kind = NoticeEvent.Find(word) ?? Usual(job.Remedy);
        var words = NoticeFile.Choose(job.Folder.Files.Keys, locale, kind) is { } file
            ? file.WordsFor(Encoding.UTF8.GetString(job.Folder.Files[file.Name]), locale)
            : ProductWords.For(locale, kind) ?? throw new UsageException(
                $"The job {job.Id} has no notice for '{kind}' in '{locale}' or English.");
        var renderer = new NoticeRenderer(settings.Notices, (_, _, _, _) => words);
        return renderer.ForCustomer(
            (job.Id, job.Version, kind), Facts(words.Text, now), locale, settings.Company.TimeZone, now);
    }

    private static Job Find(ProactiveCareSettings settings, string wanted)
    {
        if (!Directory.Exists(settings.Jobs))
            throw new UsageException($"There is no jobs folder {settings.Jobs}; name one with --jobs.");
        var loads = new JobLoader(ScheduleWords.CronError).LoadAll(settings.Jobs);
        var load = loads.FirstOrDefault(each => each.Job?.Id.Value == wanted || each.Folder.Name == wanted)
            ?? throw new RefusedException(
                $"There is no job {wanted} in {settings.Jobs}; there are "
                + string.Join(", ", loads.Select(each => each.Folder.Name)) + ".", RefusalCode.NotFound);
        return load.Job ?? throw new UsageException(
            $"The job in {load.Folder.Name} is wrong:\n"
            + string.Join('\n', load.Problems.Select(problem => "  " + problem)));
    }

    private static NoticeEvent Usual(Remedy remedy) => remedy switch
    {
        RefundRemedy => NoticeEvent.Refunded,
        CreditRemedy => NoticeEvent.Credited,
        _ => NoticeEvent.Alert,
    };

    // Evidence of the detector has no known meaning: a sample number shows where it appears.
    private static NoticeFacts Facts(string text, Instant now)
    {
        var facts = new NoticeFacts();
        foreach (var key in Values().Matches(text).Select(match => match.Groups["key"].Value))
            facts[key] = new NoticeValue.Number(12);
        foreach (var key in Conditions().Matches(text).Select(match => match.Groups["key"].Value))
            facts[key] = new NoticeValue.Flag(true);
        facts["customer_name"] = new NoticeValue.Words("Robin Example");
        facts["title"] = new NoticeValue.Words("The Long Evening");
        facts["when"] = new NoticeValue.Moment(now - Duration.FromHours(2));
        facts["amount"] = new NoticeValue.Sum(Money.Parse("4.99 USD"));
        facts["arrives"] = new NoticeValue.Day(
            CaseNotices.AfterWorkingDays(now.InUtc().Date, CaseNotices.RefundWorkingDays));
        facts["case_id"] = new NoticeValue.Words("1042");
        return facts;
    }

    [GeneratedRegex(@"\{\{\s*(?<key>[a-z][a-z0-9_]*)\s*\}\}", RegexOptions.None, 1000)]
    private static partial Regex Values();

    [GeneratedRegex(@"\{\{\s*#if\s+(?<key>[a-z][a-z0-9_]*)\s*\}\}", RegexOptions.None, 1000)]
    private static partial Regex Conditions();
}
