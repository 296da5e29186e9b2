using System.Text.Json;
using ProactiveCare.Audit;

namespace ProactiveCare.Worker.Http.Api;

/// <summary>The context of an operation.</summary>
/// <param name="Care">The features.</param>
/// <param name="By">The caller.</param>
/// <param name="File">The uploaded file; empty for an operation without one.</param>
/// <param name="Stop">Cancels it.</param>
internal sealed record Asked(CareServices Care, Actor By, Stream File, CancellationToken Stop);

/// <summary>Something that can be executed in an installation, in process or over HTTP.</summary>
/// <param name="Method">The HTTP method: GET changes nothing that money depends on.</param>
/// <param name="Route">The path.</param>
internal abstract record Operation(string Method, string Route)
{
    /// <summary>Whether the body of the request is a file, and the input is in the query.</summary>
    public bool TakesFile { get; init; }

    /// <summary>Whether it reads the jobs folder.</summary>
    public bool ReadsJobs => Route.Contains("/jobs/", StringComparison.Ordinal);

    /// <summary>Whether the input is in the query.</summary>
    public bool HasQuery => TakesFile || Method == HttpMethods.Get;

    /// <summary>Executes it with an input in JSON.</summary>
    /// <exception cref="JsonException">The JSON is no input of this operation.</exception>
    public abstract Task<object> Act(Asked asked, JsonElement input);
}

/// <summary>An operation with its types.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Route">The path.</param>
/// <param name="Does">The implementation in the feature.</param>
internal sealed record Operation<TIn, TOut>(string Method, string Route, Func<Asked, TIn, Task<TOut>> Does)
    : Operation(Method, Route) where TIn : class where TOut : notnull
{
    public override async Task<object> Act(Asked asked, JsonElement input) =>
        await Does(asked, input.Deserialize<TIn>(Json.Strict) ?? throw new JsonException());
}
