using ProactiveCare.Cases;
using ProactiveCare.Storage;

namespace ProactiveCare.Scenarios;

public sealed class ExampleTests
{
    [Theory]
    [InlineData("slow-video-stream")]
    [InlineData("failed-video-start")]
    [InlineData("weather-outage-alert")]
    public async Task The_examples_that_a_shipped_job_gives_come_true(string name)
    {
        using var story = new Story(jobs: name);
        var job = Assert.Single(story.Product.Loader.LoadAll(story.Jobs)).Job!;
        var scratch = story.Folder.Inside("examples");
        Assert.Empty(await new ExampleRun(story.Product.Loader, story.Product.Settings.Notices, scratch).Check(job));
    }
}
