using ProactiveCare.Cases;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Notices;
using ProactiveCare.Storage;

namespace ProactiveCare.Scenarios;

public sealed class ExampleTests
{
    [Theory]
    [InlineData("slow-video-stream")]
    [InlineData("failed-video-start")]
    [InlineData("weather-outage-alert")]
    public async Task Examples_of_a_shipped_job_pass(string name)
    {
        using var story = new Story(jobs: name);
        var job = Assert.Single(story.Product.Book.Loader.LoadAll(story.Jobs)).Job!;
        var scratch = story.Folder.Inside("examples");
        using var server = story.Folder.Server is { } beside
            ? ScratchDatabases.On(
                beside, TimeProvider.System, made => Readable.Prepare(new DataFolder(scratch) { Server = made }))
            : null;
        var notices = story.Product.Settings.Notices;
        Assert.Empty(await new ExampleRun(story.Product.Book.Loader, notices, scratch) { Server = server }.Check(job));
    }
}
