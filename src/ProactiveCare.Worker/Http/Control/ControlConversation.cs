using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ProactiveCare.Storage;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Worker.Http.Control;

/// <summary>The worker's side of one conversation: one request, its output, its exit code.</summary>
internal sealed class ControlConversation(Socket socket, Hosted hosted, TimeProvider clock)
{
    private static readonly TimeSpan PatienceForRequest = TimeSpan.FromSeconds(10);

    public async Task Hold(CancellationToken stopping)
    {
        socket.SendTimeout = 30_000;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var sender = new FrameSender(stream, ended.Cancel);
        var inputs = new RemoteInputs(sender);
        var request = await Request(stream, sender, stopping);
        if (request is null || IsForAnother(request, sender)) return;
        var reading = Listen(stream, inputs, ended);
        CrashPoint.At("ControlConversation.Hold:asked");
        var code = await Run(request, sender, inputs, ended.Token);
        var exit = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(exit, code);
        CrashPoint.At("ControlConversation.Hold:done");
        sender.Send(FrameKind.Exit, exit);
        CrashPoint.At("ControlConversation.Hold:answered");
        await ended.CancelAsync();
        await reading;
    }

    private static async Task Listen(Stream stream, RemoteInputs inputs, CancellationTokenSource ended)
    {
        try
        {
            while (await Frame.Read(stream, ended.Token) is { } frame) await inputs.Take(frame, ended.Token);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException)
        {
            // Whatever the client did, it is not heard any more; the verb is stopped and the worker goes on.
        }
        await inputs.Close();
        await ended.CancelAsync();
    }

    private async Task<ControlRequest?> Request(Stream stream, FrameSender sender, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(PatienceForRequest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, patience.Token);
        try
        {
            var frame = await Frame.Read(stream, either.Token);
            if (frame is null) return null;
            if (frame.Kind == FrameKind.Request
                && JsonSerializer.Deserialize<ControlRequest>(frame.Payload, JsonSerializerOptions.Web) is
                    { Args: not null, WorkingDirectory: not null } request
                && request.Args.All(arg => arg is not null))
            {
                return request;
            }
        }
        catch (Exception e) when (
            e is IOException or InvalidDataException or JsonException or OperationCanceledException)
        {
            // Answered below, like any other request that is none.
        }
        sender.Send(FrameKind.Error, "The request was not understood; is this the same version of proactive-care?\n"u8);
        sender.Send(FrameKind.Exit, [0, 0, 0, Failures.WrongUse]);
        return null;
    }

    private bool IsForAnother(ControlRequest request, FrameSender sender)
    {
        if (request.StoreId is null || request.StoreId == hosted.Store.Installation.StoreId) return false;
        var why = $"The worker of {hosted.Settings.Data} is at work in {hosted.Settings.Place}, which is another "
            + "installation than the settings name. Name a data folder of its own for that one: --data FOLDER\n";
        sender.Send(FrameKind.Error, Encoding.UTF8.GetBytes(why));
        sender.Send(FrameKind.Exit, [0, 0, 0, Failures.WrongUse]);
        return true;
    }

    private async Task<int> Run(
        ControlRequest request, FrameSender sender, RemoteInputs inputs, CancellationToken cancellation)
    {
        await using var output = new FrameWriter(sender, FrameKind.Out);
        await using var error = new FrameWriter(sender, FrameKind.Error);
        var traits = new TerminalTraits(request.Interactive, request.Rich, Math.Clamp(request.Width, 20, 1000));
        var caller = new Caller(new Terminal(output, error, traits), OsUsers.OfPeer(socket), inputs.Open)
        {
            Hosted = hosted,
            WorkingDirectory = Path.IsPathRooted(request.WorkingDirectory) ? request.WorkingDirectory : "/",
            Clock = clock,
        };
        var code = await CommandTree.Run(request.Args, caller, cancellation);
        hosted.Product.SignalDue();
        return code;
    }
}
