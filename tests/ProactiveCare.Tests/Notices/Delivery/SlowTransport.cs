using ProactiveCare.Notices;

namespace ProactiveCare.Tests.Notices.Delivery;

/// <summary>Carries several mails at once and answers each when it is told to, not when it is cancelled.</summary>
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

    /// <summary>Answers the mail that has waited longest; what follows from it happens before this returns.</summary>
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
