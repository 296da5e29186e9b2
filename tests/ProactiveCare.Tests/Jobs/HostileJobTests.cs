using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ProactiveCare.Detection;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;
using ProactiveCare.Tests.Telemetry;
using ProactiveCare.Worker;

namespace ProactiveCare.Tests.Jobs;

/// <summary>Malformed job folders: each has its message and affects no other job.</summary>
public sealed class HostileJobTests : IDisposable
{
    private const int Many = 100_000;

    private readonly string temp = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(temp, recursive: true);

    [Theory]
    [InlineData("- ", "nested more than 32 deep")]
    [InlineData("[", "nested more than 32 deep")]
    [InlineData("{a: ", "nested more than 32 deep")]
    [InlineData("? ", "nested more than 32 deep")]
    [InlineData("[a, ", "nested more than 32 deep")]
    [InlineData("&a ", "is not YAML")]
    [InlineData("!a ", "is not YAML")]
    [InlineData("*a ", "is not YAML")]
    [InlineData("\"", "is not YAML")]
    [InlineData("|\n", "must be keys with values")]
    [InlineData("}", "is not YAML")]
    [InlineData(": ", "is not YAML")]
    [InlineData("---\n", "must be keys with values")]
    [InlineData("#", "is empty")]
    [InlineData("\0", "NUL character")]
    [InlineData("\t", "is empty")]
    [InlineData("a", "must be keys with values")]
    [InlineData("a: b\n", "stands twice")]
    public void Hundred_kilobytes_of_any_content_give_short_problems(string unit, string words)
    {
        var problems = SampleJob.Load(string.Concat(Enumerable.Repeat(unit, Many / unit.Length))).Problems;
        Assert.Contains(problems, problem => problem.Message.Contains(words, StringComparison.Ordinal));
        Assert.All(problems.Take(50), IsReadable);
    }

    [Theory]
    [InlineData("mode: live", "mode: no", "one of live, shadow, but is 'no'")]
    [InlineData("count: 3", "count: 010", "whole number, but is '010'")]
    [InlineData("count: 3", "count: 0x3", "whole number, but is '0x3'")]
    [InlineData("count: 3", "count: 1_000", "whole number, but is '1_000'")]
    [InlineData("count: 3", "count: 1e2", "whole number, but is '1e2'")]
    [InlineData("count: 3", "count: .inf", "whole number, but is '.inf'")]
    [InlineData("count: 3", "count: ３", "whole number, but is '３'")]
    [InlineData("count: 3", "count: 99999999999999999999", "whole number, but is '9999")]
    [InlineData("in: 90d", "in: 1:30", "duration such as 90s, 30m, 24h or 14d, but is '1:30'")]
    [InlineData("in: 90d", "in: 2026-03-14", "duration")]
    [InlineData("in: 90d", "in: 999999999d", "between 1h and 3660d, but is '999999999d'")]
    [InlineData("share: 50%", "share: 1e1%", "percentage")]
    [InlineData("share: 50%", "share: NaN", "percentage")]
    [InlineData("2000 JPY", "1e9 JPY", "is not an amount")]
    [InlineData("2000 JPY", "99999999999999999999 JPY", "too large")]
    [InlineData("2000 JPY", "2,000 JPY", "is not an amount with its currency")]
    [InlineData("score: 55", "score: 0x37", "score is '0x37': write a number")]
    [InlineData("score: 55", "score: 1e3", "score is '1e3': write a number")]
    [InlineData("score: 55", "score: yes", "score is 'yes': write a number")]
    [InlineData("score: 55", "score: 2026-03-14", "put quotes around a text")]
    [InlineData("score: 55", "score: .NaN", "put quotes around a text")]
    [InlineData("score: 55", "score: 99999999999999999999", "write a number")]
    [InlineData("score: 55", "score: ~", "one value of at most 200 characters, but is empty")]
    [InlineData("0 0/5 * * * ?", "0 0 0 30 2 ?", "it never fires")]
    [InlineData("0 0/5 * * * ?", "\"* * * * *\"", "is not a Quartz cron expression")]
    [InlineData("0 0/5 * * * ?", "99 99 99 99 99 ?", "is not a Quartz cron expression")]
    [InlineData("Europe/Berlin", "../../etc/localtime", "IANA time zone")]
    [InlineData("Europe/Berlin", "+25:00", "IANA time zone")]
    [InlineData("team@example.com", "\"a@b.example\\r\\nBcc: c@d.example\"", "e-mail address")]
    [InlineData("A sample.", "\"a\\x1b[2Jb\"", "control characters")]
    [InlineData("id: sample", "id: \"sam\\u202eple\"", "lower-case letters, digits and hyphens")]
    [InlineData("id: sample", "id: \"\\x1b[2J\"", "but is '\uFFFD[2J'")]
    [InlineData("id: sample", "\"\\x1b[2J\\u202e\": x\nid: sample", "is not a key here")]
    [InlineData("rollout: {", "<<: { mode: live }\nrollout: {", "is not a key here")]
    [InlineData("topic: playback", "\ttopic: playback", "")]
    [InlineData("schedule:\n", "schedule:\n\t", "is not YAML")]
    public void Mistake_is_reported_with_the_given_value(string from, string to, string words)
    {
        Assert.Contains(from, SampleJob.Yaml, StringComparison.Ordinal);
        var yaml = SampleJob.Yaml.Replace(from, to, StringComparison.Ordinal);
        var load = new JobLoader(ScheduleWords.CronError).Load(SampleJob.Folder(yaml));
        if (words.Length == 0) Assert.NotNull(load.Job);
        else Assert.Contains(load.Problems, problem => problem.Message.Contains(words, StringComparison.Ordinal));
        Assert.All(load.Problems, IsReadable);
    }

    [Theory]
    [InlineData("0 0/5 * * * ?", "15m", null)]
    [InlineData("0 0/15 * * * ?", "15m", null)]
    [InlineData("0 0/20 * * * ?", "15m", "is 15m, but by schedule.cron two runs are never less than 20m apart")]
    [InlineData("0 0 9 ? * MON-FRI", "25h", null)]
    [InlineData("0 0 9 ? * MON-FRI", "1h", "never less than 1d apart")]
    [InlineData("0 0 9 1 1 ?", "300d", "never less than 365d apart")]
    [InlineData("0 0 9 1 1 ?", "366d", null)]
    [InlineData("* * * * * ?", "15m", "it fires every second")]
    public void Schedule_and_expected_silence_do_not_contradict_each_other(string cron, string expect, string? words)
    {
        var yaml = SampleJob.Yaml.Replace("0 0/5 * * * ?", $"\"{cron}\"", StringComparison.Ordinal)
            .Replace("expectEvery: 15m", $"expectEvery: {expect}", StringComparison.Ordinal);
        var load = new JobLoader(ScheduleWords.CronError, null, ScheduleWords.Rules.ShortestPause)
            .Load(SampleJob.Folder(yaml));
        if (words is null) Assert.Empty(load.Problems);
        else Assert.Contains(words, Assert.Single(load.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_encodings_are_refused_and_a_byte_order_mark_is_accepted()
    {
        foreach (var encoding in new Encoding[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(SampleJob.Yaml)];
            Assert.Contains("is not UTF-8 text", Load("job.yaml", bytes).Problems.Single().Message);
        }
        Assert.NotNull(Load("job.yaml", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(SampleJob.Yaml)]).Job);
        Assert.NotNull(Load("job.yaml", Encoding.UTF8.GetBytes(SampleJob.Yaml.ReplaceLineEndings("\r\n"))).Job);
        Assert.Contains("NUL", Load("detect.sql", "SELECT @score\0, @ratio"u8.ToArray()).Problems[0].Message);
        Assert.Contains("at most 65,536", Load("detect.sql", new byte[65_537]).Problems[0].Message);
        Assert.Contains("not UTF-8", Load("detect.sql", [0xFF, 0xFE, 0x53, 0]).Problems[0].Message);
    }

    [Fact]
    public void Unreadable_folder_fails_alone()
    {
        SampleJob.Folder().Write(Path.Combine(temp, "good"));
        foreach (var name in new[] { "endless", "large", "many", "loop" })
            SampleJob.Folder(SampleJob.HazardYaml.Replace("id: hazard", $"id: {name}", StringComparison.Ordinal))
                .Write(Path.Combine(temp, name));
        File.CreateSymbolicLink(Path.Combine(temp, "endless", "zero"), "/dev/zero");
        File.WriteAllBytes(Path.Combine(temp, "large", "big"), new byte[JobFolder.LargestSize + 1]);
        for (var i = 0; i < 201; i++) File.WriteAllText(Path.Combine(temp, "many", $"f{i}"), "");
        Directory.CreateSymbolicLink(Path.Combine(temp, "loop", "up"), temp);
        Directory.CreateSymbolicLink(Path.Combine(temp, "loop", "self"), Path.Combine(temp, "loop"));
        Directory.CreateSymbolicLink(Path.Combine(temp, "nowhere"), Path.Combine(temp, "not-there"));
        var loads = new JobLoader(_ => null).LoadAll(temp);
        Assert.Equal(
            ["endless False", "good True", "large False", "loop True", "many False"],
            loads.Select(load => $"{load.Folder.Name} {load.Job is not null}"));
        Assert.All(loads.Where(load => load.Job is null), load =>
            Assert.Contains("too large for a job", Assert.Single(load.Problems).Message));
        Assert.DoesNotContain("self", ProactiveCare.Worker.Hosting.FolderWatch.Print(temp), StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_job_files_load_or_report_problems()
    {
        using var here = new Installed();
        var loader = new JobLoader(ScheduleWords.CronError, new NoticeFieldNames(here.Folder, here.Clock).Of);
        var shipped = Shipped.Folder("slow-video-stream");
        var files = shipped.Files.Keys.Where(name => name.Length > 0).ToArray();
        var draws =
            from name in Gen.Elements(files)
            from mutations in Mutation.Some.Generator
            select (name, mutations);
        Prop.ForAll(Arb.From(draws), draw =>
        {
            var spoilt = new Dictionary<string, byte[]>(shipped.Files)
            {
                [draw.name] = Mutation.Spoil(shipped.Files[draw.name], draw.mutations),
            };
            var load = loader.Load(new JobFolder("spoilt", spoilt));
            Assert.True(load.Job is not null || load.Problems.Count > 0);
            Assert.All(load.Problems, IsReadable);
        }).Check(Config.QuickThrowOnFailure.WithReplay(314UL, 3UL).WithMaxTest(60).WithQuietOnSuccess(true));
    }

    private static JobLoad Load(string name, byte[] bytes) => new JobLoader(_ => null).Load(new JobFolder(
        "sample", new Dictionary<string, byte[]>(SampleJob.Folder().Files) { [name] = bytes }));

    private static void IsReadable(JobProblem problem)
    {
        var text = problem.ToString();
        Assert.True(text.Length < 1000 && !text.EnumerateRunes().Any(Rune.IsControl), text);
    }
}
