using ProactiveCare.Notices;

namespace ProactiveCare.Tests.Notices.Delivery;

/// <summary>Sends several mails at once and answers each when the test says so, not when it is cancelled.</summary>
internal sealed class SlowTransport(int sessions) : IMailTransport
{
    private readonly List<(OutgoingMail Mail, TaskCompletionSource<SendResult> Answer)> waiting = [];

    public int Sessions => sessions;

    public List<string> Offered { get; } = [];

    public int MostAtOnce { get; private set; }

    public Task<SendResult> Send(OutgoingMail mail, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<SendResult>();
        waiting.Add((mail, answer));
        Offered.Add(mail.MessageId);
        MostAtOnce = Math.Max(MostAtOnce, waiting.Count);
        return answer.Task;
    }

    /// <summary>Answers the mail that has waited longest; its effects happen before this returns.</summary>
    public bool Answer(SendOutcome outcome, string reply, bool trouble = false)
    {
        if (waiting.Count == 0) return false;
        var (_, answer) = waiting[0];
        waiting.RemoveAt(0);
        answer.SetResult(new(outcome, reply, trouble));
        return true;
    }

    public bool Accept() => Answer(SendOutcome.Accepted, "250 ok");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
