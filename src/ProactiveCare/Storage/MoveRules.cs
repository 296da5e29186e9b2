namespace ProactiveCare.Storage;

/// <summary>The progress of a move to a server.</summary>
/// <param name="What">The current step, such as <c>copying session</c>.</param>
/// <param name="Rows">The rows of the installation that have been copied or compared.</param>
/// <param name="Share">Their share of all the work, from 0 to 1.</param>
public sealed record MoveProgress(string What, long Rows, double Share);

/// <summary>The features' part of a move.</summary>
/// <param name="Audit">Returns figures that must be the same on both sides; throws when they are not sound.</param>
/// <param name="Last">Writes into the copy once it is verified.</param>
public sealed record MoveRules(Func<DbConnection, IReadOnlyList<string>> Audit, Action<DbConnection> Last);
