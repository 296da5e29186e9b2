using Dapper;
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
        ?? throw new RefusedException(
            $"There is no case {number}. See them with: proactive-care cases list", RefusalCode.NotFound);

    /// <exception cref="RefusedException">Nothing is known about the customer.</exception>
    public static CustomerId KnownCustomer(DbConnection db, CustomerId id) =>
        db.ExecuteScalar<bool>(
            """
            SELECT EXISTS (SELECT 1 FROM customer WHERE customer_id = @id)
              OR EXISTS (SELECT 1 FROM care_case WHERE customer_id = @id)
            """,
            new { id })
            ? id
            : throw new RefusedException(
                $"We know no customer {id}, so nothing could be paid or sent.", RefusalCode.NotFound);
}
