using System.Net.Sockets;
using System.Text;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Http.Api;

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
    public async Task Writes_are_done_by_the_worker_and_read_beside_it()
    {
        Assert.True(desk.Folder.IsHeld());
        var added = await desk.Type("users add fin --role finance --json");
        Assert.Equal((0, ""), (added.Code, added.Error));
        Assert.Equal("fin", added.Json.GetProperty("name").GetString());
        Assert.Equal(2, (await desk.Type("users list --json")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Caller_is_identified_by_the_system_and_not_by_the_client()
    {
        desk.OsUser = "somebody-else";
        Assert.Equal(0, (await desk.Type("users add fin --role finance")).Code);
        using var store = Store.OpenReadOnly(desk.Folder);
        Assert.Equal(OsUsers.Current, store.Read(db => ProactiveCare.Audit.AuditLog.Of(db, "user:fin"))[0].Actor);
    }

    [Fact]
    public async Task Another_jobs_folder_than_the_worker_reads_is_refused_and_not_ignored()
    {
        Directory.CreateDirectory(Path.Combine(desk.Path, "jobs"));
        var told = await desk.Type("jobs run nothing --jobs mine");
        Assert.Equal(2, told.Code);
        Assert.Contains($"reads its jobs in {Path.Combine(desk.Path, "jobs")}, not in", told.Error);
        Assert.Contains("no job nothing", (await desk.Type("jobs run nothing --jobs ./jobs/")).Error);
        Assert.Equal(0, (await desk.Type("users add fin --role finance --jobs mine")).Code);
    }

    [Fact]
    public async Task Failures_over_the_socket_equal_those_in_process()
    {
        var told = await desk.Type("users disable nobody");
        Assert.Equal((1, ""), (told.Code, told.Out));
        Assert.Contains("no active user nobody", told.Error);
    }

    [Fact]
    public async Task Second_worker_and_a_restore_are_refused()
    {
        Assert.Contains("One installation has one worker", (await desk.Type("run")).Error);
        if (desk.Folder.Server is not null) return;
        await desk.Type("db backup copy.db");
        Assert.Contains("stop that one first", (await desk.Type("db restore copy.db")).Error);
    }

    [Fact]
    public void Socket_is_for_its_user_and_the_group_in_a_folder_that_only_the_user_writes()
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        Assert.Equal(ReadWrite | UnixFileMode.GroupWrite, File.GetUnixFileMode(desk.Folder.Socket));
        Assert.Equal(
            ReadWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.SetGroup,
            File.GetUnixFileMode(Path.GetDirectoryName(desk.Folder.Socket)!));
    }

    [Theory]
    [InlineData("nonsense that is no HTTP", "", "400 Bad Request")]
    [InlineData("POST /api/v1/users/add HTTP/1.1", "{}", "not understood")]
    [InlineData("POST /api/v1/users/add HTTP/1.1", "{\"a", "not understood")]
    [InlineData("POST /api/v1/users/add HTTP/1.1", "null", "not understood")]
    [InlineData("POST /api/v1/db/check HTTP/1.1", "", "404 Not Found")]
    [InlineData("GET /api/v1/users/add HTTP/1.1", "", "405 Method Not Allowed")]
    public async Task Bad_requests_are_refused_and_the_worker_continues(string request, string body, string answer)
    {
        Assert.Contains(answer, await Send(request, body));
        Assert.Equal(0, (await desk.Type("users add fin --role finance")).Code);
    }

    [Fact]
    public async Task Arguments_that_name_files_are_not_read_from_them()
    {
        var secret = desk.File("secret", "the-secret-word");
        var told = await desk.Type($"users add @{secret} --role finance");
        Assert.DoesNotContain("the-secret-word", told.Out + told.Error);
    }

    [Fact]
    public async Task Refusals_are_problems_with_a_code()
    {
        var answer = await Send("POST /api/v1/users/disable HTTP/1.1", """{"name":"nobody"}""");
        Assert.Contains("404 Not Found", answer);
        Assert.Contains("application/problem+json", answer);
        Assert.Contains("\"code\":\"not-found\"", answer);
    }

    [Fact]
    public async Task Disconnected_client_does_not_harm_the_worker()
    {
        for (var i = 0; i < 50; i++)
        {
            using var socket = Connect();
            if (i % 2 == 0) await socket.SendAsync("POST /api/v1/imports HTTP/1.1\r\nHost: w"u8.ToArray());
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

    private async Task<string> Send(string request, string body)
    {
        var bytes = Encoding.ASCII.GetBytes(
            $"{request}\r\nHost: w\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using var socket = Connect();
        using var stream = new NetworkStream(socket);
        await socket.SendAsync(bytes);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer);
        return Encoding.UTF8.GetString(answer.ToArray());
    }
}
