using System.Text.Json;
using Microsoft.Extensions.Configuration;
using ProactiveCare.Worker.Settings;

namespace ProactiveCare.Tests.Worker;

/// <summary>Option, environment, named file and usual file say the same thing in every combination; each wins over
/// those behind it.</summary>
public sealed class SettingsSourcesTests : IDisposable
{
    private static readonly string[] Sources = ["option", "environment", "named", "usual"];

    private readonly string folder = Directory.CreateTempSubdirectory("settings-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Last_source_that_names_a_jobs_folder_wins_in_every_form_and_combination()
    {
        // A source says nothing, the folder alone, a section with it, a section without it, or a blank.
        var combinations =
            from option in new[] { "", "value" }
            from environment in Forms
            from named in Forms
            from usual in Forms
            select (string[])[option, environment, named, usual];
        var count = 0;
        foreach (var forms in combinations)
        {
            var read = Load(forms, Jobs);
            var by = Sources.Where((_, i) => forms[i] is "value" or "section" or "both").FirstOrDefault();
            var activated = forms.Any(form => form is "both" or "other");
            var told = string.Join(", ", forms);
            Assert.Equal((told, Inside(by is null ? "jobs" : by + "-jobs")), (told, read.Jobs));
            Assert.Equal((told, activated), (told, read.ActivateByItself));
            count++;
        }
        Assert.Equal(432, count);
    }

    [Fact]
    public void Last_source_that_gives_a_list_or_a_value_gives_all_of_it()
    {
        string[] forms = ["", "value", "list", "blank"];
        foreach (var (environment, named, usual) in
            from e in forms from n in forms from u in forms select (e, n, u))
        {
            string[] given = ["", environment, named, usual];
            var read = Load(given, Readers);
            var first = Array.FindIndex(given, form => form is "value" or "list");
            var expected = first < 0 ? [] : given[first] == "value" ? [Address(first, 0)]
                : new[] { Address(first, 0), Address(first, 1) }.Take(4 - first).ToArray();
            Assert.Equal(expected, read.Summary.To.Select(to => to.Address));
        }
    }

    [Theory]
    [InlineData("--jobs mine jobs check")]
    [InlineData("jobs --jobs mine check")]
    [InlineData("jobs check --jobs mine")]
    [InlineData("jobs check --jobs=mine")]
    public void Option_wins_over_the_environment_of_an_image_wherever_it_stands(string command)
    {
        using var desk = new Desk { Environment = new() { ["Jobs"] = "/jobs", ["Jobs:Shipped"] = "/program/jobs" } };
        Directory.CreateDirectory(Path.Combine(desk.Path, "mine"));
        Assert.Equal((0, $"There is no job in {Path.Combine(desk.Path, "mine")}."), (
            desk.Run(command).Code, desk.Run(command).Out.Trim()));
    }

    [Theory]
    [InlineData("--jobs")]
    [InlineData("--data")]
    [InlineData("--settings")]
    public void Empty_option_is_refused(string option)
    {
        var text = Assert.Throws<ProactiveCare.Worker.UsageException>(() => SettingsFile.Load(
            folder, option == "--settings" ? " " : null, option == "--data" ? "" : null,
            option == "--jobs" ? "" : null));
        Assert.StartsWith($"{option} is empty", text.Message);
    }

    private static readonly string[] Forms = ["", "value", "section", "both", "other", "blank"];

    private string Inside(string name) => Path.Combine(folder, name);

    private ProactiveCareSettings Load(string[] forms, Func<int, string, object?> say)
    {
        foreach (var (i, file) in new[] { (2, "named.json"), (3, "appsettings.json") })
            File.WriteAllText(Inside(file), JsonSerializer.Serialize(say(i, forms[i]) ?? new { }));
        // The same content as variables: NAME__KEY.
        using var stream = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(say(1, forms[1]) ?? new { }));
        var environment = new ConfigurationBuilder().AddJsonStream(stream).Build();
        return SettingsFile.Load(
            folder, "named.json", null, forms[0] == "value" ? "option-jobs" : null, environment);
    }

    private static object? Jobs(int source, string form)
    {
        var mine = Sources[source] + "-jobs";
        return form switch
        {
            "value" => new { Jobs = mine },
            "section" => new { jobs = new { folder = mine } },
            "both" => new { Jobs = new { Folder = mine, Activation = "auto" } },
            "other" => new { Jobs = new { Activation = "auto" } },
            "blank" => new { Jobs = "" },
            _ => null,
        };
    }

    // Each source has a list of another length.
    private static object? Readers(int source, string form) => form switch
    {
        "value" => new { Summary = new { To = Address(source, 0) } },
        "list" => new
        {
            Summary = new { To = new[] { Address(source, 0), Address(source, 1) }.Take(4 - source).ToArray() },
        },
        "blank" => new { Summary = new { To = "" } },
        _ => null,
    };

    private static string Address(int source, int item) => $"{Sources[source]}{item}@example.com";
}
