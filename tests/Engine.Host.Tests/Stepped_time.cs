using Engine.Contracts;
using Engine.Host.Clock;

namespace Engine.Host.Tests;

public sealed class Stepped_time
{
    private static readonly DateTimeOffset Start = new(2016, 9, 4, 21, 15, 0, TimeSpan.Zero);

    private readonly HostActivity activity = new();
    private readonly SteppedTimeProvider clock;

    public Stepped_time() => clock = new SteppedTimeProvider(activity, new SteppedMoment(0, Start));

    [Fact]
    public void Moves_only_when_it_is_told_to()
    {
        Assert.Equal(Start, clock.GetUtcNow());
        Assert.True(clock.Observe(new SteppedMoment(1, Start.AddHours(3))));
        Assert.Equal(Start.AddHours(3), clock.GetUtcNow());
    }

    [Fact]
    public void An_older_epoch_or_an_earlier_instant_changes_nothing()
    {
        clock.Observe(new SteppedMoment(5, Start.AddHours(3)));

        Assert.False(clock.Observe(new SteppedMoment(4, Start.AddHours(9))));
        Assert.False(clock.Observe(new SteppedMoment(5, Start)));
        Assert.Equal(new SteppedMoment(5, Start.AddHours(3)), clock.Moment);
    }

    [Fact]
    public void Within_an_epoch_time_may_go_on_without_a_new_step()
    {
        clock.Observe(new SteppedMoment(1, Start.AddMinutes(1)));

        Assert.False(clock.Observe(new SteppedMoment(1, Start.AddMinutes(1).AddSeconds(20))));
        Assert.Equal(Start.AddMinutes(1).AddSeconds(20), clock.GetUtcNow());
    }

    [Fact]
    public async Task A_timer_fires_when_a_step_passes_it_and_counts_as_work_from_the_step_on()
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        activity.Idle += idle.SetResult;
        await using var timer = clock.CreateTimer(
            _ =>
            {
                fired.SetResult();
                goOn.Wait();
            },
            null,
            TimeSpan.FromHours(2),
            Timeout.InfiniteTimeSpan);

        clock.Observe(new SteppedMoment(1, Start.AddHours(2).AddTicks(-1)));
        Assert.Equal(0, activity.Work);

        clock.Observe(new SteppedMoment(2, Start.AddHours(2)));
        Assert.Equal(1, activity.InFlight);
        await fired.Task;
        goOn.Set();
        await idle.Task;
        Assert.Equal(0, activity.InFlight);
    }

    [Fact]
    public async Task A_delay_on_business_time_ends_with_its_step()
    {
        var delay = Task.Delay(TimeSpan.FromDays(2), clock);
        clock.Observe(new SteppedMoment(1, Start.AddDays(1)));
        Assert.False(delay.IsCompleted);

        clock.Observe(new SteppedMoment(2, Start.AddDays(2)));
        await delay;
    }

    [Fact]
    public async Task A_periodic_timer_fires_once_for_a_step_over_many_periods()
    {
        var fires = 0;
        var idle = new SemaphoreSlim(0);
        activity.Idle += () => idle.Release();
        await using var timer = clock.CreateTimer(_ => Interlocked.Increment(ref fires), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

        clock.Observe(new SteppedMoment(1, Start.AddHours(1)));
        await idle.WaitAsync();
        clock.Observe(new SteppedMoment(2, Start.AddHours(1).AddMinutes(1)));
        await idle.WaitAsync();

        Assert.Equal(2, fires);
    }

    [Fact]
    public void A_disposed_timer_never_fires()
    {
        clock.CreateTimer(_ => throw new InvalidOperationException("fired"), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).Dispose();

        clock.Observe(new SteppedMoment(1, Start.AddHours(1)));

        Assert.Equal(0, activity.Work);
    }

    [Fact]
    public void A_sandbox_started_anew_counts_epochs_from_the_beginning_but_time_never_goes_back()
    {
        clock.Observe(new SteppedMoment(900, Start.AddDays(30)));

        clock.Restart(new SteppedMoment(0, Start));
        Assert.Equal(new SteppedMoment(0, Start.AddDays(30)), clock.Moment);
        Assert.True(clock.Observe(new SteppedMoment(1, Start.AddDays(31))));
    }
}
