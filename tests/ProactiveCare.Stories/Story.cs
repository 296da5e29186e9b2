namespace ProactiveCare.Stories;

/// <summary>A story that failed.</summary>
/// <param name="Seed">Draws it again.</param>
/// <param name="Problems">What was wrong at its end.</param>
/// <param name="Steps">The shortest sequence that was found to fail.</param>
internal sealed record Failure(int Seed, IReadOnlyList<string> Problems, IReadOnlyList<Step> Steps)
{
    public override string ToString() => string.Join('\n',
        (string[])[$"Story {Seed} fails:", .. Problems.Take(10).Select(p => "  " + p), $"  after {Steps.Count} steps:",
            .. Steps.Select(step => "    " + step)]);
}

/// <summary>Lives through stories.</summary>
internal static class Story
{
    // How often a failing story is lived through again to make it shorter.
    private const int MostAttempts = 150;

    /// <summary>The story of a seed; null when nothing is wrong at its end.</summary>
    public static Failure? Tell(Rooms rooms, int seed, Plant? plant = null, bool shortest = true)
    {
        var steps = Step.Draw(seed);
        var problems = Live(rooms, steps, plant, rooms.Tally.Count);
        if (problems.Count == 0) return null;
        if (!shortest) return new Failure(seed, problems, steps);
        steps = Shorten(rooms, steps, plant);
        return new Failure(seed, Live(rooms, steps, plant), steps);
    }

    /// <summary>The problems at the end of some steps.</summary>
    public static IReadOnlyList<string> Live(
        Rooms rooms, IReadOnlyList<Step> steps, Plant? plant, Action<Company>? seen = null)
    {
        using var company = new Company(rooms.Open(), rooms.Jobs, plant);
        foreach (var step in steps)
        {
            company.Do(step);
            if (company.Problems.Count > 0) return company.Problems;
        }
        try
        {
            var left = Rest.Reach(company);
            seen?.Invoke(company);
            return [.. company.Problems, .. left, .. Examination.Problems(company)];
        }
        catch (Exception e)
        {
            return [.. company.Problems, $"the end threw {e.GetType().Name}: {e.Message}"];
        }
    }

    // Leaves out halves, quarters, and at last single steps, as long as the rest still fails.
    private static List<Step> Shorten(Rooms rooms, List<Step> steps, Plant? plant)
    {
        var attempts = 0;
        for (var size = steps.Count / 2; size >= 1; size = Math.Min(size / 2, steps.Count / 2))
        {
            for (var at = 0; at < steps.Count && attempts < MostAttempts;)
            {
                var rest = steps.Where((_, i) => i < at || i >= at + size).ToList();
                attempts++;
                if (Live(rooms, rest, plant).Count > 0) steps = rest;
                else at += size;
            }
        }
        return steps;
    }
}
