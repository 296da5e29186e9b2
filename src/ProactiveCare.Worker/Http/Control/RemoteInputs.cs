using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using ProactiveCare.Worker.Cli;

namespace ProactiveCare.Worker.Http.Control;

/// <summary>
/// Files that a client opens with its own rights and sends, one at a time: a verb reads what that user may read.
/// </summary>
internal sealed class RemoteInputs(FrameSender sender)
{
    private TaskCompletionSource<Input>? asked;
    private string name = "";
    private Pipe? pipe;

    public Task<Input> Open(string path, CancellationToken cancellation)
    {
        if (pipe is not null) throw new IOException("The file before has not been read to its end.");
        name = path == "-" ? "standard input" : path;
        var answer = asked = new TaskCompletionSource<Input>(TaskCreationOptions.RunContinuationsAsynchronously);
        sender.Send(FrameKind.Open, Encoding.UTF8.GetBytes(path));
        return answer.Task.WaitAsync(cancellation);
    }

    /// <summary>Takes in what the client sent; waits while the verb has not read what came before.</summary>
    /// <exception cref="InvalidDataException">It was not asked for.</exception>
    public async Task Take(Frame frame, CancellationToken cancellation)
    {
        switch (frame.Kind)
        {
            case FrameKind.Opened when asked is { } opened && frame.Payload.Length == sizeof(long):
                asked = null;
                pipe = new Pipe();
                var length = BinaryPrimitives.ReadInt64BigEndian(frame.Payload);
                opened.TrySetResult(new Input(name, pipe.Reader.AsStream(), length < 0 ? null : length));
                break;
            case FrameKind.Data when pipe is not null:
                await pipe.Writer.WriteAsync(frame.Payload, cancellation);
                break;
            case FrameKind.End when pipe is not null:
                await pipe.Writer.CompleteAsync();
                pipe = null;
                break;
            case FrameKind.Unreadable when asked is not null || pipe is not null:
                await Fail(new IOException(Encoding.UTF8.GetString(frame.Payload)));
                break;
            default:
                throw new InvalidDataException("This was not asked for.");
        }
    }

    /// <summary>Nothing more will come.</summary>
    public Task Close() => Fail(new IOException("The one who asked has gone."));

    private async Task Fail(IOException why)
    {
        asked?.TrySetException(why);
        if (pipe is not null) await pipe.Writer.CompleteAsync(why);
        (asked, pipe) = (null, null);
    }
}
