using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Host.Clock;
using Engine.Sandbox;
using Engine.Sandbox.Clock;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Engine.Host.Tests;

/// <summary>Design 2.14 between the real reporter and the real coordinator, over HTTP; only what the host is busy with is played.</summary>
public sealed class Stepped_reports : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    private readonly Journal journal = new();
    private WebApplication sandbox = null!;

    private StepCoordinator Steps => sandbox.Services.GetRequiredService<StepCoordinator>();

    private Uri Address => new(sandbox.Urls.First());

    public async ValueTask InitializeAsync()
    {
        sandbox = SandboxServer.Build(new SandboxOptions { Urls = "http://127.0.0.1:0", AppSecret = "test-secret", Stepped = true, StartAt = Start });
        await sandbox.StartAsync();
        using var http = new HttpClient { BaseAddress = Address };
        using var started = await http.PostAsync("/sandbox/start", null);
        started.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await sandbox.StopAsync();
        await sandbox.DisposeAsync();
    }

    [Fact]
    public async Task A_host_killed_during_its_report_stops_time_until_it_is_back()
    {
        await using var second = new PlayedHost("h2", Address, journal);
        var busy = second.Activity.Begin();
        await second.StartAsync();
        var first = new PlayedHost("h1", Address, journal);
        await using (first)
        {
            await first.StartAsync();
            Plan(Start.AddHours(1));

            // It said that it is idle, was told to wait for the other, and is telling it again when it dies.
            await first.AnsweredAsync(1);
            await first.SentAsync(2);
            first.Kill();
        }

        // Its death is known where its connection ends; its second report may not even have arrived, and one alone moves nothing.
        var killedAt = TimeProvider.System.GetTimestamp();
        while (Steps.Reported > 0 && TimeProvider.System.GetElapsedTime(killedAt) < TimeSpan.FromSeconds(15))
        {
            await Task.Delay(5);
        }

        busy.Dispose();
        await second.AnsweredAsync(2);
        Assert.Equal(0, Steps.Steps);

        await using var back = new PlayedHost("h1", Address, journal);
        await back.StartAsync();
        await second.ReachesAsync(1);
        await back.ReachesAsync(1);
        Assert.Equal(Start.AddHours(1), second.Clock.GetUtcNow());
    }

    [Fact]
    public async Task A_webhook_delayed_across_a_report_stops_time_until_it_was_answered_and_counted()
    {
        await using var host = new PlayedHost("h1", Address, journal);
        Plan(Start.AddMinutes(10));
        await host.StartAsync();
        await host.ReachesAsync(1);

        // On its way while the host says that it has nothing to do.
        Steps.Begin();
        Plan(Start.AddHours(2));
        var heard = host.Answered;
        await host.AnsweredAsync(heard + 2);
        Assert.Equal(1, Steps.Steps);

        // Answered; but a report that does not count it was written before it came.
        Steps.End(delivered: true);
        await host.AnsweredAsync(host.Answered + 2);
        Assert.Equal(1, Steps.Steps);

        using (host.Activity.Begin())
        {
            host.Activity.CountWebhook();
        }

        await host.ReachesAsync(2);
        Assert.Equal(Start.AddHours(2), host.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Two_hosts_go_on_together_when_both_know_the_newest_row_and_its_readers_have_applied_it()
    {
        await using var one = new PlayedHost("h1", Address, journal);
        await using var other = new PlayedHost("h2", Address, journal);
        var busy = one.Activity.Begin();
        await one.StartAsync();
        await other.StartAsync();
        Plan(Start.AddHours(3));
        one.Wakes.Set("label", Start.AddMinutes(5));

        // The other host has said twice that it is idle before this one commits, and its readers are behind at first.
        await other.AnsweredAsync(2);
        journal.Head = 7;
        busy.Dispose();
        await Task.WhenAll(one.ReachesAsync(1), other.ReachesAsync(1));

        Assert.Equal(7, journal.Applied);

        one.Wakes.Set("label", null);

        // A report written before the wish was withdrawn may make one more step that moves nothing.
        await Task.WhenAll(one.ReachesAsync(Start.AddHours(3)), other.ReachesAsync(Start.AddHours(3)));
        Assert.Equal(Start.AddMinutes(5), one.InstantOf(1));
        Assert.Equal(Start.AddMinutes(5), other.InstantOf(1));
    }

    private void Plan(DateTimeOffset at)
    {
        sandbox.Services.GetRequiredService<EventQueue>().Schedule(at.ToUnixTimeMilliseconds(), _ => { });
        Steps.Touch();
    }

    /// <summary>One journal for all hosts; its readers go on by one row with each ping.</summary>
    private sealed class Journal
    {
        private long applied;

        public long Head { get; set; }

        public long Applied => Volatile.Read(ref applied);

        public void Read() => applied = Math.Min(Head, applied + 1);
    }

    /// <summary>The real reporter and clock of a host. Being killed is losing its connections for ever.</summary>
    private sealed class PlayedHost : IHostPings, IJournalFeed, IWorkQueue, IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly ConcurrentDictionary<long, DateTimeOffset> passed = new();
        private readonly Journal journal;
        private readonly Line line = new(new SocketsHttpHandler());
        private readonly HttpClient http;
        private readonly SteppedReporter reporter;

        public PlayedHost(string name, Uri sandbox, Journal journal)
        {
            this.journal = journal;
            Clock = new SteppedTimeProvider(Activity, new SteppedMoment(0, Start));
            Clock.Stepped += () => passed.TryAdd(Clock.Moment.Epoch, Clock.Moment.Now);
            http = new HttpClient(line) { BaseAddress = sandbox };
            reporter = new SteppedReporter(
                new SandboxClockClient(http), Clock, Activity, Wakes, this, this, this, TimeProvider.System, name, NullLogger<SteppedReporter>.Instance);
        }

        public event Action<int>? Committed
        {
            add { }
            remove { }
        }

        public HostActivity Activity { get; } = new();

        public HostWakes Wakes { get; } = new();

        public SteppedTimeProvider Clock { get; }

        public int Answered => line.Answered.Count;

        /// <summary>Where this host's clock stood in an epoch that it has reached, whatever came after.</summary>
        public DateTimeOffset InstantOf(long epoch) => passed[epoch];

        public int Partitions => 1;

        public Task StartAsync() => reporter.StartAsync(CancellationToken.None);

        public void Kill() => line.Cut();

        public Task SentAsync(int reports) => line.Sent.ReachesAsync(reports);

        public Task AnsweredAsync(int reports) => line.Answered.ReachesAsync(reports);

        public Task ReachesAsync(long epoch) => ReachesAsync(moment => moment.Epoch >= epoch);

        public Task ReachesAsync(DateTimeOffset instant) => ReachesAsync(moment => moment.Now >= instant);

        private async Task ReachesAsync(Func<SteppedMoment, bool> isThere)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Look()
            {
                if (isThere(Clock.Moment))
                {
                    reached.TrySetResult();
                }
            }

            Clock.Stepped += Look;
            Look();
            await reached.Task.WaitAsync(Patience);
            Clock.Stepped -= Look;
        }

        public Task PingDueAsync(IReadOnlyCollection<WorkFront> due) => Task.CompletedTask;

        public Task PingReadersAsync(CancellationToken ct)
        {
            journal.Read();
            return Task.CompletedTask;
        }

        public Task<(long Head, long Applied)> ProgressAsync(CancellationToken ct) => Task.FromResult((journal.Head, journal.Applied));

        public Task<ImmutableArray<WorkFront>> ScanAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<WorkAhead> LookAheadAsync(DateTimeOffset now, CancellationToken ct) => Task.FromResult(new WorkAhead([], null));

        public int PartitionOf(ShopId shop) => 0;

        public Task<JournalBatch> ReadAsync(int partition, JournalPosition after, int max, CancellationToken ct) => throw new NotSupportedException();

        public Task<JournalPosition> HorizonAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<TimeSpan> HorizonAgeAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<ImmutableArray<DueWork>> LoadAsync(
            ShopId shop, ImmutableArray<WorkKind> kinds, DateTimeOffset dueBy, DateTimeOffset endangeredBy, int max, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task PostponeAsync(ShopId shop, WorkKind kind, ImmutableArray<string> orderIds, DateTimeOffset dueAt, CancellationToken ct) =>
            throw new NotSupportedException();

        public async ValueTask DisposeAsync()
        {
            await reporter.StopAsync(CancellationToken.None);
            reporter.Dispose();
            http.Dispose();
            line.Dispose();
        }
    }

    /// <summary>Counts the reports that go over it, until it is cut.</summary>
    private sealed class Line(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private readonly CancellationTokenSource cut = new();

        public Counter Sent { get; } = new();

        public Counter Answered { get; } = new();

        public void Cut() => cut.Cancel();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var isReport = request.RequestUri!.AbsolutePath.EndsWith("/report", StringComparison.Ordinal);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, cut.Token);
            try
            {
                both.Token.ThrowIfCancellationRequested();
                var sending = base.SendAsync(request, both.Token);
                if (isReport)
                {
                    Sent.Add();
                }

                var response = await sending;
                if (isReport)
                {
                    Answered.Add();
                }

                return response;
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested)
            {
                throw new HttpRequestException("The line was cut.");
            }
        }

        protected override void Dispose(bool disposing)
        {
            cut.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Counter
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly Lock gate = new();
        private readonly List<(int Count, TaskCompletionSource Reached)> waiters = [];

        public int Count { get; private set; }

        public void Add()
        {
            lock (gate)
            {
                Count++;
                foreach (var waiter in waiters.Where(w => w.Count <= Count))
                {
                    waiter.Reached.TrySetResult();
                }
            }
        }

        public Task ReachesAsync(int count)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (gate)
            {
                waiters.Add((count, reached));
                if (Count >= count)
                {
                    reached.SetResult();
                }
            }

            return reached.Task.WaitAsync(Patience);
        }
    }
}
