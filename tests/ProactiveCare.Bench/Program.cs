using ProactiveCare.Bench;

if (args is [OneRun.Verb, .. var rest]) return await OneRun.Start(rest);
if (args is [Against.Verb, .. var pair]) return await Against.Start(pair);
if (BenchOptions.Parse(args) is not { } options) return 2;
using var room = new Room(options);
Console.WriteLine(Machine.Describe(room));
var board = new Scoreboard();
(string Name, Func<Room, Scoreboard, Task> Measure)[] parts =
[
    ("import", ImportPart.Measure), ("scan", ScanPart.Measure), ("findings", FindingsPart.Measure),
    ("mail", MailPart.Measure), ("history", HistoryPart.Measure), ("cron", CronPart.Measure),
    ("nodes", NodesPart.Measure), ("refunds", RefundsPart.Measure),
];
foreach (var (name, measure) in parts.Where(part => options.Parts.Contains(part.Name)))
{
    await Console.Error.WriteLineAsync($"Measuring {name} ...");
    await measure(room, board);
}
Console.WriteLine(board);
return 0;
