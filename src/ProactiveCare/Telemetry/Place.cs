namespace ProactiveCare.Telemetry;

/// <summary>A place where a customer has a service, with the data that hazards need.</summary>
internal sealed record Place(
    string PremisesId,
    string CustomerId,
    double? Latitude,
    double? Longitude,
    string? CountyFips,
    string? ForecastZone,
    string? Priority)
{
    /// <summary>Orders two places of a customer: by priority (1 before 2 before 10, none last), then by id.</summary>
    public bool IsBefore(Place other)
    {
        var byNumber = Number.CompareTo(other.Number);
        if (byNumber != 0) return byNumber < 0;
        var byPriority = string.CompareOrdinal(Priority ?? "\uFFFF", other.Priority ?? "\uFFFF");
        return byPriority != 0 ? byPriority < 0 : string.CompareOrdinal(PremisesId, other.PremisesId) < 0;
    }

    private long Number =>
        long.TryParse(Priority, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? number
            : long.MaxValue;
}
