using System.Net.Sockets;
using System.Text;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Control;

namespace ProactiveCare.Tests.Worker;

/// <summary>Commands to a worker that runs; the user at the other end of the socket is this process's own.</summary>
public sealed class SocketTests : IAsyncLifetime
{
    private readonly Desk desk = new() { OsUser = OsUsers.Current };
    private RunningWorker worker = null!;

    public async ValueTask InitializeAsync()
    {
        desk.File("appsettings.json", """{ "Http": { "Urls": "none" } }""");
        desk.Run("db init");
        worker = await RunningWorker.Start(desk);
    }

    public async ValueTask DisposeAsync()
    {
        await worker.Stop();
        worker.Dispose();
        desk.Dispose();
    }

    [Fact]
    public async Task A_write_is_done_by_the_worker_and_read_beside_it()
    {
        Assert.True(desk.Folder.IsHeld());
        var added = await desk.Type("users add fin --role finance --json");
        Assert.Equal((0, ""), (added.Code, added.Error));
        Assert.Equal("fin", added.Json.GetProperty("name").GetString());
        Assert.Equal(2, (await desk.Type("users list --json")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Who_asks_is_what_the_system_says_and_not_what_the_client_says()
    {
        desk.OsUser = "somebody-else";
        Assert.Equal(0, (await desk.Type("users add fin --role finance")).Code);
        using var store = Store.OpenReadOnly(desk.Folder);
        Assert.Equal(OsUsers.Current, store.Read(db => ProactiveCare.Audit.AuditLog.Of(db, "user:fin"))[0].Actor);
    }

    [Fact]
    public async Task Failures_come_back_as_they_would_here()
    {
        var told = await desk.Type("users disable nobody");
        Assert.Equal((2, ""), (told.Code, told.Out));
        Assert.Contains("no active user nobody", told.Error);
    }

    [Fact]
    public async Task A_second_worker_and_a_restore_are_refused()
    {
        Assert.Contains("One installation has one worker", (await desk.Type("run")).Error);
        if (desk.Folder.Server is not null) return;
        await desk.Type("db backup copy.db");
        Assert.Contains("stop that one first", (await desk.Type("db restore copy.db")).Error);
    }

    [Fact]
    public void The_socket_is_for_its_user_and_the_folders_group_and_nobody_else()
    {
        if (!OperatingSystem.IsWindows())
            Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite,
            File.GetUnixFileMode(desk.Folder.Socket));
    }

    [Theory]
    [InlineData("nonsense that is no frame")]
    [InlineData("R\u0000\u0000\u0000\u0002{}")]
    [InlineData("R\u0000\u0000\u0000\u0003{\"a")]
    [InlineData("O\u0000\u0000\u0000\u0000")]
    [InlineData("R\u007f\u0000\u0000\u0000")]
    [InlineData("R\u0000")]
    public async Task Bad_requests_are_answered_and_the_worker_goes_on(string bytes)
    {
        var answer = await Raw(Encoding.Latin1.GetBytes(bytes), ends: true);
        Assert.Contains("The request was not understood", answer);
        Assert.Equal(0, (await desk.Type("users add fin --role finance")).Code);
    }

    [Fact]
    public async Task No_argument_makes_the_worker_read_a_file()
    {
        var secret = desk.File("secret", "the-secret-word");
        Assert.DoesNotContain("the-secret-word", (await desk.Type($"users add @{secret} --role finance")).Error);
        const string Nothing = """{"args":[null],"workingDirectory":"/","width":80}""";
        var answer = await Raw(Encoding.Latin1.GetBytes($"R\0\0\0{(char)Nothing.Length}{Nothing}"), ends: true);
        Assert.Contains("The request was not understood", answer);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("db check")]
    [InlineData("users list")]
    [InlineData("health")]
    public async Task The_worker_does_nothing_but_writes_for_others(string verb)
    {
        var request = $$"""{"args":["{{string.Join("\",\"", verb.Split(' '))}}"],"workingDirectory":"/","width":80}""";
        var answer = await Raw(Encoding.Latin1.GetBytes($"R\0\0\0{(char)request.Length}{request}"), ends: false);
        Assert.Contains("does not do", answer);
    }

    [Fact]
    public async Task A_client_that_goes_away_does_not_hurt_the_worker()
    {
        for (var i = 0; i < 50; i++)
        {
            using var socket = Connect();
            if (i % 2 == 0) await socket.SendAsync("R\0\0"u8.ToArray());
            socket.Close(0);
        }
        Assert.Equal(0, (await desk.Type("users add fin --role finance")).Code);
    }

    [Fact]
    public async Task Many_clients_at_once_are_all_answered()
    {
        var told = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => desk.Type($"users add u{i} --role finance")));
        Assert.All(told, t => Assert.Equal((0, ""), (t.Code, t.Error)));
        Assert.Equal(41, (await desk.Type("users list --json")).Json.GetArrayLength());
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(desk.Folder.Socket));
        return socket;
    }

    private async Task<string> Raw(byte[] bytes, bool ends)
    {
        using var socket = Connect();
        using var stream = new NetworkStream(socket);
        await socket.SendAsync(bytes);
        if (ends) socket.Shutdown(SocketShutdown.Send);
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer);
        }
        catch (IOException)
        {
            // What was not read of a bad request resets the connection after the answer.
        }
        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
