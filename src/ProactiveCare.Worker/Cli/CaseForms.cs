using System.Text.Json;
using ProactiveCare.Cases;

namespace ProactiveCare.Worker.Cli;

/// <summary>The forms in which verbs name and show cases.</summary>
internal static class CaseForms
{
    public static object Form(CareCase about) => new
    {
        about.Id,
        about.JobId,
        about.Mode,
        about.Family,
        about.Finding.CustomerId,
        about.Finding.Subject,
        about.Finding.ServiceEvent,
        about.Finding.OccurredAt,
        about.OpenedAt,
        about.State,
        about.Reason,
        about.Finding.InDoubt,
        Evidence = Parsed(about.Finding.Evidence),
    };

    public static JsonElement Parsed(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public static CareCase Known(DbConnection db, long number) =>
        CareCases.Get(db, new CaseId(number))
        ?? throw new UsageException($"There is no case {number}. See them with: proactive-care cases list");
}
