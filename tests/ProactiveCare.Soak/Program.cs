using System.CommandLine;
using ProactiveCare.Soak;
using ProactiveCare.Storage;

var size = new Option<int>("--size")
{
    HelpName = "N",
    DefaultValueFactory = _ => 100,
    Description = "How many times the demo company's 400 customers.",
};
var hours = new Option<int>("--hours")
{
    HelpName = "N",
    DefaultValueFactory = _ => 24,
    Description = "Simulated hours that count.",
};
var warmUp = new Option<int>("--warm-up")
{
    HelpName = "N",
    DefaultValueFactory = _ => 28,
    Description = "Simulated hours before them: until a day's mails have left and old telemetry goes.",
};
var seed = new Option<int>("--seed") { HelpName = "N", DefaultValueFactory = _ => 1, Description = "The chance." };
var data = new Option<string?>("--data")
{
    HelpName = "FOLDER",
    Description = "An empty folder, kept afterwards; without it the installation is thrown away.",
};
var jobs = new Option<string>("--jobs")
{
    HelpName = "FOLDER",
    DefaultValueFactory = _ => "jobs",
    Description = "The shipped jobs.",
};
var root = new RootCommand(
    "Lets a company many times the demo's live through simulated hours that are all alike, and looks whether memory, "
    + "latency and queues stay as they are. Exit code 0: flat. 1: something grows.")
{
    size, hours, warmUp, seed, data, jobs,
};
root.SetAction(async (parsed, stop) =>
{
    var folder = parsed.GetValue(data) ?? Directory.CreateTempSubdirectory("soak-").FullName;
    try
    {
        Directory.CreateDirectory(folder);
        var warm = parsed.GetValue(warmUp);
        var report = new Report(Console.Out, warm);
        report.Head();
        var result = await Soak.Run(
            new SoakRequest(
                new DataFolder(folder), parsed.GetValue(jobs)!, parsed.GetValue(size) * 400, warm,
                parsed.GetValue(hours), parsed.GetValue(seed)),
            report.Line, stop);
        report.End(result);
        return Report.Holds(result, warm) ? 0 : 1;
    }
    finally
    {
        if (parsed.GetValue(data) is null) Directory.Delete(folder, recursive: true);
    }
});
return await root.Parse(args).InvokeAsync();
