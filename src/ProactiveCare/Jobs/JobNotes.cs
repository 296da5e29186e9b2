using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Jobs;

/// <summary>Finds what a job may say and its author probably does not mean: money that no machine would ever give.
/// </summary>
public static class JobNotes
{
    /// <summary>The notes on a readable job, at their lines.</summary>
    public static IReadOnlyList<JobProblem> Of(Job job)
    {
        var notes = new List<JobProblem>();
        var problems = new Problems(JobLoader.JobFile, []);
        if (!job.Pays || YamlTree.Read(job.Folder.Files[JobLoader.JobFile], problems) is not { } map) return notes;
        var limits = new KeyReader(map, JobReader.Table, problems).Section("limits");
        var (refund, credit) = (job.Remedy as RefundRemedy, job.Remedy as CreditRemedy);
        var given = refund?.Otherwise ?? credit!.Amounts;
        var currencies = given.Concat(refund?.AtMost ?? []).Select(amount => amount.Currency).Distinct().ToList();
        Lacking("budget", "amount", job.Limits.DailyBudget);
        if (refund is not null)
        {
            foreach (var currency in currencies.Where(currency => In(refund.AtMost, currency) is null))
                Note(0, "remedy.refund.atMost", $"lacks {currency}, which the remedy gives elsewhere: a purchase in "
                    + $"{currency} has no cap, so every refund of one waits for a person.");
        }
        if (job.Limits.Approval is not { Above: var above }) return notes;
        Lacking("approval", "above", above);
        foreach (var amount in given.Where(amount => In(above, amount.Currency) is { } most && amount > most))
            Note(limits.Section("approval").LineOf("above"), "limits.approval.above", $"is below {amount}, which the "
                + "remedy always gives in that currency: every such case waits for a person.");
        return notes;

        void Lacking(string section, string key, IReadOnlyList<Money> amounts)
        {
            foreach (var currency in currencies.Where(currency => In(amounts, currency) is null))
                Note(limits.Section(section).LineOf(key), $"limits.{section}.{key}",
                    $"lacks {currency}, which the remedy gives: every case in it waits for a person.");
        }

        void Note(int line, string key, string message) =>
            notes.Add(new JobProblem(JobLoader.JobFile, line, key, message));
    }

    private static Money? In(IReadOnlyList<Money> amounts, Currency currency) =>
        amounts.Where(amount => amount.Currency == currency).Select(amount => (Money?)amount).FirstOrDefault();
}
