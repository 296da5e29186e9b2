using NodaTime;
using ProactiveCare.Storage;

namespace ProactiveCare.Tests.Storage;

public sealed class ClockAheadTests
{
    // Milliseconds: what the server's clock said, what ours said when the answer was there, how long that took.
    [Theory]
    [InlineData(0, 10, 10, 0)]
    [InlineData(10, 10, 10, 0)]
    [InlineData(5, 10, 10, 0)]
    [InlineData(0, 4_000, 4_000, 0)]
    [InlineData(4_000, 4_000, 4_000, 0)]
    [InlineData(0, 5_000, 1_000, 4_000)]
    [InlineData(5_000, 0, 1_000, -5_000)]
    [InlineData(0, 86_400_000, 20, 86_399_980)]
    public void Lead_of_a_clock_is_what_the_time_of_the_question_does_not_explain(
        long there, long answered, long took, long ahead) =>
        Assert.Equal(Duration.FromMilliseconds(ahead), DatabaseCheck.Ahead(
            Instant.FromUnixTimeMilliseconds(there), Instant.FromUnixTimeMilliseconds(answered),
            Duration.FromMilliseconds(took)));
}
