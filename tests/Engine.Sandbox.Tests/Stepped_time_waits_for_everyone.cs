using Engine.Sandbox.Clock;
using Microsoft.Extensions.Time.Testing;

namespace Engine.Sandbox.Tests;

public sealed class Stepped_time_waits_for_everyone
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    private readonly BusinessClock _clock;
    private readonly EventQueue _events = new();
    private readonly StepCoordinator _steps;

    public Stepped_time_waits_for_everyone()
    {
        _clock = new BusinessClock(_time, TestSandbox.Options with { Stepped = true });
        _steps = new StepCoordinator(_clock, _events);
        _clock.Start();
    }

    private long Start { get; } = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000).ToUnixTimeMilliseconds();

    private Task<EpochAnswer?> Report(string host, long epoch = 0, long work = 0, long webhooks = 0, long inFlight = 0, long head = 0, long applied = 0, long? wake = null, CancellationToken gone = default) =>
        _steps.ReportAsync(host, new HostReport(epoch, work, webhooks, inFlight, head, applied, wake, 1000), gone);

    [Fact]
    public async Task One_idle_report_asks_for_a_second_and_the_second_advances()
    {
        var fired = new List<long>();
        _events.Schedule(Start + 90_000, fired.Add);
        _steps.Register("h1");
        Assert.Equal(0, (await Report("h1"))!.Value.Epoch);
        Assert.Empty(fired);
        var answer = (await Report("h1"))!.Value;
        Assert.Equal((1, Start + 90_000), (answer.Epoch, answer.NowMs));
        Assert.Equal([Start + 90_000], fired);
    }

    [Fact]
    public async Task Events_of_one_minute_fire_in_one_step_each_at_its_own_time()
    {
        var minute = (Start / 60_000 * 60_000) + 120_000;
        var fired = new List<long>();
        foreach (var offset in new[] { 59_999, 0, 30_000, 60_000 })
        {
            _events.Schedule(minute + offset, at =>
            {
                fired.Add(at);
                Assert.Equal(at, _clock.NowMs);
            });
        }

        _steps.Register("h1");
        await Report("h1");
        Assert.Equal(minute + 59_999, (await Report("h1"))!.Value.NowMs);
        Assert.Equal([minute, minute + 30_000, minute + 59_999], fired);
    }

    [Fact]
    public async Task The_earliest_wake_of_a_host_comes_before_a_later_event()
    {
        _events.Schedule(Start + 600_000, _ => { });
        _steps.Register("h1");
        await Report("h1", wake: Start + 200_000);
        Assert.Equal(Start + 200_000, (await Report("h1", wake: Start + 200_000))!.Value.NowMs);
    }

    [Theory]
    [InlineData("in flight")]
    [InlineData("journal behind")]
    [InlineData("work changes")]
    [InlineData("webhook not counted")]
    [InlineData("request served")]
    [InlineData("request between the reports")]
    public async Task Time_stands_while(string what)
    {
        _events.Schedule(Start + 1000, _ => { });
        _steps.Register("h1");
        if (what == "webhook not counted")
        {
            // Counting starts at the first step after the registration.
            await Report("h1");
            Assert.Equal(1, (await Report("h1"))!.Value.Epoch);
            _events.Schedule(Start + 600_000, _ => { });
            _steps.Begin();
            _steps.End(delivered: true);
        }

        var epoch = _clock.Epoch;
        if (what == "request served")
        {
            _steps.Begin();
        }

        for (var i = 0; i < 6; i++)
        {
            if (what == "request between the reports")
            {
                _steps.Begin();
                _steps.End();
            }

            var report = Report("h1", epoch, work: what == "work changes" ? i : 0, inFlight: what == "in flight" ? 1 : 0, head: what == "journal behind" ? 5 : 0, applied: what == "journal behind" ? 4 : 0);
            while (!report.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            Assert.Equal(epoch, (await report)!.Value.Epoch);
        }

        if (what == "webhook not counted")
        {
            await Report("h1", epoch, webhooks: 1);
            Assert.Equal(epoch + 1, (await Report("h1", epoch, webhooks: 1))!.Value.Epoch);
        }
    }

    [Fact]
    public async Task A_webhook_delayed_across_a_report_makes_that_report_worthless()
    {
        _events.Schedule(Start + 1000, _ => { });
        _steps.Register("h1");
        await Report("h1");
        // A webhook is on its way while the host says for the second time that it has nothing to do.
        _steps.Begin();
        var second = Report("h1");
        Assert.Equal(0, _clock.Epoch);
        _steps.End(delivered: true);
        // What was said before the webhook arrived does not count; the host is asked again at once.
        Assert.Equal(0, (await second)!.Value.Epoch);
        await Report("h1", work: 1, webhooks: 1, inFlight: 0);
        Assert.Equal(1, (await Report("h1", work: 1, webhooks: 1))!.Value.Epoch);
    }

    [Fact]
    public async Task A_host_killed_during_its_report_stops_time_until_it_is_back_or_removed()
    {
        _events.Schedule(Start + 1000, _ => { });
        _steps.Register("h1");
        _steps.Register("h2");
        using var killed = new CancellationTokenSource();
        await Task.WhenAll(Report("h1"), Report("h2"));
        var dying = Report("h1", gone: killed.Token);
        await killed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dying);

        var waiting = Report("h2");
        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, _clock.Epoch);

        _steps.Register("h1");
        await Report("h1");
        var back = Report("h1");
        Assert.Equal(1, (await back)!.Value.Epoch);
        Assert.Equal(1, (await waiting)!.Value.Epoch);

        _events.Schedule(Start + 600_000, _ => { });
        var alone = Report("h2", epoch: 1);
        Assert.False(alone.IsCompleted);
        Assert.True(_steps.Remove("h1"));
        Assert.Equal(1, (await alone)!.Value.Epoch);
        Assert.Equal(2, (await Report("h2", epoch: 1))!.Value.Epoch);
    }

    [Fact]
    public async Task Webhooks_that_a_killed_host_took_along_do_not_stop_time_for_ever()
    {
        _events.Schedule(Start + 1000, _ => { });
        _steps.Register("h1");
        await Report("h1");
        await Report("h1");
        _steps.Begin();
        _steps.End(delivered: true);
        // Killed before it reported the webhook; its successor counts from 0.
        _steps.Register("h1");
        _events.Schedule(Start + 600_000, _ => { });
        await Report("h1", epoch: 1);
        Assert.Equal(2, (await Report("h1", epoch: 1))!.Value.Epoch);
        _steps.Begin();
        _steps.End(delivered: true);
        _events.Schedule(Start + 1_200_000, _ => { });
        await Report("h1", epoch: 2, webhooks: 1);
        Assert.Equal(3, (await Report("h1", epoch: 2, webhooks: 1))!.Value.Epoch);
    }

    [Fact]
    public async Task Two_hosts_must_agree_on_the_journal_and_the_one_behind_is_asked_again()
    {
        _events.Schedule(Start + 1000, _ => { });
        _steps.Register("h1");
        _steps.Register("h2");
        await Task.WhenAll(Report("h1", head: 7, applied: 7), Report("h2", head: 6, applied: 6));
        var ahead = Report("h1", head: 7, applied: 7);
        Assert.Equal(0, (await Report("h2", head: 6, applied: 6))!.Value.Epoch);
        Assert.Equal(0, _clock.Epoch);
        await Report("h2", head: 7, applied: 7);
        var answer = Report("h2", head: 7, applied: 7);
        Assert.Equal(1, (await answer)!.Value.Epoch);
        Assert.Equal(1, (await ahead)!.Value.Epoch);
    }

    [Fact]
    public async Task A_report_of_an_old_epoch_is_told_the_new_one_and_an_unknown_host_is_nobody()
    {
        _events.Schedule(Start + 1000, _ => { });
        _steps.Register("h1");
        await Report("h1");
        await Report("h1");
        Assert.Equal(1, (await Report("h1", epoch: 0))!.Value.Epoch);
        Assert.Null(await Report("h9"));
    }

    [Fact]
    public async Task Without_events_and_wakes_the_clock_stands_and_says_so()
    {
        _steps.Register("h1");
        await Report("h1");
        var last = Report("h1");
        Assert.True(_steps.Quiet);
        Assert.Equal(0, _clock.Epoch);
        _events.Schedule(Start + 1000, _ => { });
        _steps.Touch();
        Assert.Equal(0, (await last)!.Value.Epoch);
        await Report("h1");
        Assert.Equal(1, (await Report("h1"))!.Value.Epoch);
    }
}
