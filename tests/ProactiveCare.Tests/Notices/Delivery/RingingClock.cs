namespace ProactiveCare.Tests.Notices.Delivery;

/// <summary>A clock that is moved by hand and fires the timers it passes.</summary>
internal sealed class RingingClock(DateTimeOffset now) : TimeProvider
{
    private readonly List<Alarm> alarms = [];
    private DateTimeOffset now = now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => now.UtcTicks;

    public void Advance(TimeSpan by)
    {
        List<Alarm> due;
        lock (alarms)
        {
            now += by;
            due = [.. alarms.Where(each => each.At <= now)];
        }
        due.ForEach(alarm => alarm.Ring());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        lock (alarms) alarms.Add(alarm);
        return alarm;
    }

    private sealed class Alarm(RingingClock clock, Action ring) : ITimer
    {
        public DateTimeOffset? At { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.alarms) At = dueTime == Timeout.InfiniteTimeSpan ? null : clock.now + dueTime;
            return true;
        }

        public void Ring()
        {
            lock (clock.alarms) At = null;
            ring();
        }

        public void Dispose()
        {
            lock (clock.alarms) clock.alarms.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
