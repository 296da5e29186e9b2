using ProactiveCare.Jobs;

namespace ProactiveCare.Tests.Jobs;

public sealed class JobFolderTests : IDisposable
{
    private readonly string temp = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(temp, recursive: true);

    [Fact]
    public void Version_depends_on_the_content_and_not_on_its_name_or_reading_order()
    {
        var folder = SampleJob.Folder();
        folder.Write(Path.Combine(temp, "other-name"));
        File.WriteAllText(Path.Combine(temp, "other-name", ".job.yaml.swp"), "an editor's");
        File.WriteAllText(Path.Combine(temp, "other-name", "job.yaml~"), "an editor's");
        var read = JobFolder.Read(Path.Combine(temp, "other-name"));
        Assert.Equal(folder.Version, read.Version);
        Assert.Equal(folder.Files.Keys, read.Files.Keys);
        Assert.Matches("^[0-9a-f]{64}$", folder.Version.Value);
    }

    [Fact]
    public void Version_depends_on_every_byte_and_name()
    {
        static JobVersion Of(params (string, string)[] files) => new JobFolder(
            "", files.ToDictionary(f => f.Item1, f => System.Text.Encoding.UTF8.GetBytes(f.Item2))).Version;
        JobVersion[] versions =
        [
            Of(("a", "x")), Of(("a", "y")), Of(("b", "x")), Of(("ax", "")),
            Of(("a", "x"), ("b", "")), Of(("a", ""), ("b", "x")),
        ];
        Assert.Equal(versions.Length, versions.Distinct().Count());
        Assert.Equal(Of(("a", "x"), ("b", "y")), Of(("b", "y"), ("a", "x")));
    }

    [Fact]
    public void New_job_copies_the_old_one_with_every_comment_under_its_new_id()
    {
        var from = Shipped.Folder("slow-video-stream");
        var copy = JobTemplate.Copy(from, new JobId("slow-audio"));
        var job = Shipped.Load(copy);
        Assert.Equal(new JobId("slow-audio"), job.Id);
        var (before, after) = (Text(from), Text(copy));
        Assert.Equal(before.Replace("id: slow-video-stream\n", "id: slow-audio\n", StringComparison.Ordinal), after);
        Assert.Equal(["id"], JobDiff.Between(Shipped.Load(from), job).Select(change => change.Key));
        copy.Write(Path.Combine(temp, copy.Name));
        Assert.Throws<IOException>(() => copy.Write(Path.Combine(temp, copy.Name)));
        Assert.Throws<FormatException>(() => JobTemplate.Copy(from, new JobId("Slow Audio")));

        static string Text(JobFolder folder) => System.Text.Encoding.UTF8.GetString(folder.Files["job.yaml"]);
    }
}
