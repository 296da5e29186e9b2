using System.CommandLine;

namespace ProactiveCare.Worker.Cli;

/// <summary>The filter <c>--state</c> of a list.</summary>
internal static class StateOption
{
    /// <summary>Takes the states of one type, and no other word.</summary>
    public static Option<T?> Of<T>() where T : Code<T>
    {
        var option = new Option<T?>("--state")
        {
            HelpName = "STATE",
            Description = $"Only those {string.Join(", ", Code<T>.All)}.",
            CustomParser = result => Code<T>.Find(result.Tokens[0].Value),
        };
        option.AcceptOnlyFromAmong([.. Code<T>.All.Select(state => state.Text)]);
        return option;
    }
}
