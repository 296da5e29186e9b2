namespace ProactiveCare.Worker.Cli;

/// <summary>Arguments and options that several verbs take.</summary>
internal static class SharedOptions
{
    public static Argument<string> Job() => new("JOB") { Description = "A job's id, as 'jobs list' shows it." };

    public static Option<string?> OnlyJob() =>
        new("--job") { HelpName = "JOB", Description = "Only those of one job." };

    public static Option<string?> OnlyCustomer() =>
        new("--customer") { HelpName = "ID", Description = "Only those of one customer." };

    /// <summary>An option that accepts the states of one type only.</summary>
    public static Option<T?> OnlyState<T>() where T : Code<T> => new Option<T?>("--state")
    {
        HelpName = "STATE",
        Description = $"Only those {string.Join(", ", Code<T>.All)}.",
        CustomParser = result => Code<T>.Find(result.Tokens[0].Value),
    }.AcceptOnlyFromAmong([.. Code<T>.All.Select(state => state.Text)]);

    public static Option<int> Limit(int usual, string description) => new("--limit")
    { HelpName = "COUNT", Description = $"{description} (default: {usual}).", DefaultValueFactory = _ => usual };

    public static Option<string> Reason(string description) =>
        new("--reason") { HelpName = "TEXT", Required = true, Description = description };

    public static Argument<long[]> Credits() => new("CREDIT")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Numbers, as 'credits list' shows them; each is decided on its own.",
    };
}
