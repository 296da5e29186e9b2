using ProactiveCare.Notices;
using ProactiveCare.Notices.Mail;
using ProactiveCare.Tests.Notices.Words;

namespace ProactiveCare.Tests.Notices.Mail;

public sealed class MailFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mail-").FullName;

    [Fact]
    public async Task Mail_sent_again_replaces_its_file()
    {
        await using var transport = new MailFolder(Path.Combine(folder, "out"));

        var first = await transport.Send(Samples.Mail(), CancellationToken.None);
        await transport.Send(Samples.Mail(), CancellationToken.None);
        await transport.Send(Samples.Mail("<n2.a1b2@example.com>"), CancellationToken.None);

        Assert.Equal(SendOutcome.Accepted, first.Outcome);
        Assert.Equal(
            ["20260314T201500Z-n1.a1b2@example.com.eml", "20260314T201500Z-n2.a1b2@example.com.eml"],
            Directory.GetFileSystemEntries(Path.Combine(folder, "out")).Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            Samples.Bytes(Samples.Mail()),
            await File.ReadAllBytesAsync(Path.Combine(folder, "out", first.QueueId!),
                TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Unwritable_folder_is_the_relays_trouble()
    {
        var file = Path.Combine(folder, "taken");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        await using var transport = new MailFolder(file);

        var result = await transport.Send(Samples.Mail(), CancellationToken.None);

        Assert.Equal((SendOutcome.NotSent, true), (result.Outcome, result.RelayTrouble));
    }

    [Fact]
    public async Task Stopped_send_writes_nothing()
    {
        await using var transport = new MailFolder(folder);

        var result = await transport.Send(Samples.Mail(), new CancellationToken(canceled: true));

        Assert.Equal((SendOutcome.NotSent, false), (result.Outcome, result.RelayTrouble));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
