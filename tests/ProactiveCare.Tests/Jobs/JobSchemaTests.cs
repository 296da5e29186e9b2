using System.Text.Json;
using System.Text.Json.Nodes;
using ProactiveCare.Jobs;
using ProactiveCare.Jobs.Reading;

namespace ProactiveCare.Tests.Jobs;

public sealed class JobSchemaTests
{
    private static readonly string Text =
        File.ReadAllText(Path.Combine(Shipped.Root, "src/ProactiveCare/Detection/Jobs/job.schema.json"));

    private readonly JsonNode schema = JsonNode.Parse(Text)!;

    [Fact]
    public void Schema_has_the_keys_of_the_loader()
    {
        var described = new Dictionary<string, string[]>(StringComparer.Ordinal);
        Collect("", schema, described);
        Assert.Equal(
            JobReader.Table.Known.Select(Line).Order(),
            described.Select(Line).Order());

        static string Line(KeyValuePair<string, string[]> path) =>
            $"{path.Key}: {string.Join(' ', path.Value.Order())}";
    }

    [Fact]
    public void Every_key_is_described_and_every_free_value_has_an_example()
    {
        foreach (var (path, key) in Keys("", schema))
        {
            Assert.False(string.IsNullOrWhiteSpace((string?)key["description"]), path);
            var free = key["properties"] is null && key["enum"] is null && (string?)key["type"] is not "integer";
            Assert.True(!free || key["examples"] is not null, path);
        }
    }

    [Fact]
    public void Loader_reads_every_key_of_the_schema()
    {
        // A mapping where a scalar belongs, or a scalar where a mapping does, is an error only of a key that is read.
        foreach (var (path, key) in Keys("", schema))
        {
            var ofHazard = path.StartsWith("detect.hazard", StringComparison.Ordinal) || path == "remedy.notice";
            var yaml = ofHazard ? SampleJob.HazardYaml : SampleJob.Yaml;
            var broken = Broken(yaml, path, key["properties"] is null && path != "detect.parameters");
            Assert.Contains(SampleJob.Load(broken).Problems, problem => problem.Key == path);
        }
    }

    [Fact]
    public void Schema_copy_beside_the_shipped_jobs_is_equal_and_referenced()
    {
        Assert.Equal(Text, File.ReadAllText(Path.Combine(Shipped.JobsFolder, "job.schema.json")));
        foreach (var folder in JobFolder.ReadAll(Shipped.JobsFolder))
        {
            Assert.StartsWith(
                "# yaml-language-server: $schema=../job.schema.json\n",
                System.Text.Encoding.UTF8.GetString(folder.Files["job.yaml"]),
                StringComparison.Ordinal);
        }
    }

    // The samples are simple enough that a JSON form of them, which is YAML too, is quickly made and broken.
    private static string Broken(string yaml, string path, bool isScalar)
    {
        var tree = ToJson(YamlTree.Read(System.Text.Encoding.UTF8.GetBytes(yaml), new Problems("", []))!);
        var keys = path.Split('.');
        var at = tree;
        foreach (var key in keys[..^1])
            at = at[key]!;
        at[keys[^1]] = isScalar ? new JsonObject { ["x"] = 1 } : "x";
        return tree.ToJsonString(new JsonSerializerOptions { WriteIndented = false });
    }

    private static JsonNode ToJson(YamlValue value) => value switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(
            e.Key.Text, (JsonNode?)ToJson(e.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(ToJson)]),
        _ => JsonValue.Create(((YamlText)value).Text),
    };

    private static void Collect(string path, JsonNode node, Dictionary<string, string[]> described)
    {
        if (node["properties"] is not JsonObject properties)
            return;
        Assert.False((bool?)node["additionalProperties"] ?? true, path);
        described[path] = [.. properties.Select(property => property.Key)];
        foreach (var (key, below) in properties)
            Collect(path.Length == 0 ? key : $"{path}.{key}", below!, described);
    }

    private static IEnumerable<(string Path, JsonNode Key)> Keys(string path, JsonNode node) =>
        node["properties"] is not JsonObject properties
            ? []
            : properties.SelectMany(property =>
            {
                var below = path.Length == 0 ? property.Key : $"{path}.{property.Key}";
                return Keys(below, property.Value!).Prepend((below, property.Value!));
            });
}
