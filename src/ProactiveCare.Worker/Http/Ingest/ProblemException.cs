using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using ProactiveCare.Storage;
using ProactiveCare.Telemetry;

namespace ProactiveCare.Worker.Http.Ingest;

/// <summary>A refused post, with its reason and remedy, as application/problem+json.</summary>
internal sealed class ProblemException(int status, string words) : Exception(words)
{
    private const string Nothing = "Nothing of it was stored.";

    public int Status { get; } = status;

    /// <summary>The seconds after which a retry makes sense.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The kind of the problem, for programs.</summary>
    public string? Code { get; init; }

    /// <summary>A header that this status requires.</summary>
    public (string Name, string Value)? Header { get; init; }

    public static ProblemException NoRoom() => new(
        429, $"The worker has as much to store as it can hold. {Nothing} Send the same body again after Retry-After.")
    {
        RetryAfter = 1,
    };

    public static ProblemException Stopping() => new(
        503, $"The worker is stopping. {Nothing} Send the same body again after Retry-After.") { RetryAfter = 5 };

    public static ProblemException TooLarge(long largest) => new(
        413,
        $"The body is larger than {largest >> 20} MiB, unpacked. {Nothing} Send it in smaller parts: rows that were "
        + "sent before are counted as duplicates.");

    public static ProblemException BrokenGzip() => new(
        400, $"The body is not whole gzip, although Content-Encoding says gzip. {Nothing} Send it again.");

    public static ProblemException BrokenOff(int status, string why) =>
        new(status, $"The body did not come whole: {why} {Nothing} Send it again.");

    /// <summary>The problem to report for a failure; null for an unexpected one.</summary>
    public static ProblemException? Of(Exception e) => e switch
    {
        ProblemException refusal => refusal,
        ImportException => new ProblemException(422, e.Message),
        BadHttpRequestException bad => BrokenOff(bad.StatusCode, bad.Message),
        StorageException or DbException or ObjectDisposedException => new ProblemException(
            503,
            $"The rows could not be stored: {e.Message} How many of them are is not known. Send the same body again "
            + "after Retry-After: rows that are stored are counted as duplicates.") { RetryAfter = 30 },
        _ => null,
    };

    public Task Answer(HttpResponse response)
    {
        response.StatusCode = Status;
        if (RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (Header is { } header) response.Headers[header.Name] = header.Value;
        var problem = new ProblemDetails
        {
            Status = Status,
            Title = ReasonPhrases.GetReasonPhrase(Status),
            Detail = Message,
        };
        if (Code is not null) problem.Extensions["code"] = Code;
        return response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json");
    }
}
