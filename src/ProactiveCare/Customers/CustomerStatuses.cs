namespace ProactiveCare.Customers;

/// <summary>The statuses that customers may have where the company sets none.</summary>
public static class CustomerStatuses
{
    /// <summary>The usual ones; <c>closed</c> and <c>deceased</c> get no mail.</summary>
    public static readonly IReadOnlyList<string> Usual =
    [
        "active", "trial", "paused", "past-due", "suspended", "cancelled", "canceled", "inactive", "closed", "deceased",
        "fraud", "staff", "employee", "test",
    ];
}
