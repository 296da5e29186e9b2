using System.CommandLine;
using ProactiveCare.Stories;

var stories = new Option<int>("--stories")
{
    HelpName = "N",
    DefaultValueFactory = _ => 10_000,
    Description = "How many stories.",
};
var seed = new Option<int>("--seed")
{
    HelpName = "S",
    DefaultValueFactory = _ => 1,
    Description = "The seed of the first; each further one has the next.",
};
var story = new Option<int?>("--story") { HelpName = "S", Description = "One story, and what its steps did." };
var planted = new Option<bool>("--planted") { Description = "Plants faults, and says which story finds each." };
var root = new RootCommand(
    "Lives through drawn stories of a small company and examines each at its end. On the PostgreSQL server that "
    + $"{Runs.Variable} names, else on files. Exit code 0: all is well. 1: a story fails, or misses a planted fault.")
{
    stories, seed, story, planted,
};
root.SetAction(parsed =>
{
    using var runs = Runs.Here();
    if (parsed.GetValue(story) is { } one) return Told(runs.Tell(one, Console.WriteLine));
    return parsed.GetValue(planted)
        ? Plants(runs, parsed.GetValue(seed))
        : Many(runs, parsed.GetValue(stories), parsed.GetValue(seed));
});
return root.Parse(args).Invoke();

static int Many(Runs runs, int count, int seed)
{
    var progress = new Progress(Console.Error, count, !Console.IsErrorRedirected);
    var failures = runs.Many(count, seed, progress.Next);
    progress.End();
    foreach (var failure in failures) Console.WriteLine(failure);
    Console.WriteLine($"In so many of them occurred: {runs.Tally}");
    Console.WriteLine(failures.Count == 0
        ? $"{count} stories on {runs.Database} from seed {seed} on: none fails."
        : $"{failures.Count} stories fail on {runs.Database}; live through one again with: scripts/stories --story "
            + failures[0].Seed);
    return failures.Count == 0 ? 0 : 1;
}

static int Plants(Runs runs, int seed)
{
    const int most = 200;
    var missed = 0;
    foreach (var plant in Plant.All)
    {
        var found = runs.Find(plant, seed, most);
        if (found is null) missed++;
        Console.WriteLine(found is null
            ? $"{plant.Name} ({plant.What}): NOT FOUND by {most} stories"
            : $"{plant.Name} ({plant.What}): found by story {found.Seed - seed + 1}, {found.Steps.Count} steps: "
                + found.Problems[0]);
    }
    return missed == 0 ? 0 : 1;
}

static int Told(Failure? failure)
{
    Console.WriteLine(failure?.ToString() ?? "Nothing is wrong at its end.");
    return failure is null ? 0 : 1;
}
