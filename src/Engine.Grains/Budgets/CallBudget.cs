using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Budgets;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Budgets;

/// <summary>This host's side of the budgets: callers of one (shop, API) queue up, first come first served, and get a slot each.</summary>
public sealed class CallBudget(
    IGrainFactory grains,
    IOptions<GrainsOptions> options,
    HostWakes wakes,
    EngineInstruments instruments,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business)
{
    private const int LeaseSizeMax = 512;
    private const int LeaseTriesMax = 4;

    /// <summary>Pages of one list; beyond them the window is too wide (invented).</summary>
    private const int PagesMax = 40;

    /// <summary>Processes whose clocks are kept: more than a cluster has; those that ended go when it is full.</summary>
    private const int HostsMax = 256;
    private static readonly TimeSpan LeaseAgain = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<(ShopId Shop, MarketplaceApi Api), SlotQueue> queues = new();
    private readonly ConcurrentDictionary<(ShopId Shop, MarketplaceApi Api), DepartureGate> gates = new();
    private readonly ConcurrentDictionary<string, ClockDifference> clocks = new(StringComparer.Ordinal);

    private EngineInstruments Instruments => instruments;

    private GrainsOptions Options => options.Value;

    private TimeProvider SystemClock => system;

    /// <summary>The clock that slots are instants of.</summary>
    public TimeProvider Clock => options.Value.BudgetsOnBusinessTime ? business : system;

    /// <summary>Has budgets that will be needed soon start, and waits for none of them. A new one gives nothing for a while (<see cref="LeaseTerm.Silence"/>): after the loss of a host
    /// those whiles pass together, not one after the other as the first orders come to need each.</summary>
    public void Wake(ShopId shop, params ReadOnlySpan<MarketplaceApi> apis)
    {
        if (options.Value.BudgetsOnBusinessTime)
        {
            return;
        }

        foreach (var api in apis)
        {
            // Where it cannot be reached now, whoever needs it asks again.
            Grain(shop, api).LeaseAsync(0, TimeSpan.Zero).Ignore();
        }
    }

    /// <summary>A slot not earlier than <paramref name="lead"/> from now. Does not wait for its instant; see <see cref="WaitAsync"/>.</summary>
    public Task<DateTimeOffset> ReserveAsync(ShopId shop, MarketplaceApi api, TimeSpan lead) =>
        queues.GetOrAdd((shop, api), key => new SlotQueue(this, key.Shop, key.Api)).ReserveAsync(lead);

    /// <summary>Waits for the slot's instant; on business time without counting as work, since only the clock can end it.</summary>
    public async ValueTask WaitAsync(DateTimeOffset slot, HostActivity.Activity activity)
    {
        var wait = slot - Clock.GetUtcNow();
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        if (!options.Value.BudgetsOnBusinessTime)
        {
            await Task.Delay(wait, system);
            return;
        }

        var who = $"slot/{Guid.NewGuid():N}";
        wakes.Set(who, slot);
        activity.Pause();
        try
        {
            await Task.Delay(wait, business);
        }
        finally
        {
            activity.Resume();
            wakes.Set(who, null);
        }
    }

    /// <summary>Asks with a slot, and learns from the answer; once more, with a slot of its own, where that is likely to be answered.</summary>
    /// <param name="ask">Sends one call, of no effect or of the same effect however often it is sent.</param>
    public Task<CallOutcome<T>> AskAsync<T>(ShopId shop, MarketplaceApi api, HostActivity.Activity activity, Func<Task<CallOutcome<T>>> ask) =>
        CallOutcome.AskTwiceAsync(async () =>
        {
            await TakeAsync(shop, api, activity);
            var outcome = await ask();
            Learn(shop, api, outcome);
            return outcome;
        });

    /// <summary>Asks for every page of a list, a slot for each. Each entry once, by its id: a list that changes while it is paged repeats entries.</summary>
    /// <param name="page">Sends the call for the page of a token; null is the first.</param>
    public async Task<CallOutcome<ImmutableArray<T>>> AskAllAsync<T>(
        ShopId shop, MarketplaceApi api, HostActivity.Activity activity, Func<string?, Task<CallOutcome<Page<T>>>> page, Func<T, string> id)
    {
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        string? token = null;
        for (var pages = 0; pages < PagesMax; pages++)
        {
            var outcome = await AskAsync(shop, api, activity, () => page(token));
            if (outcome is not CallOutcome<Page<T>>.Succeeded { Value: var part })
            {
                return outcome.WithoutValue<ImmutableArray<T>>();
            }

            foreach (var entry in part.Entries)
            {
                all[id(entry)] = entry;
            }

            token = part.NextPageToken;
            if (token is null)
            {
                return new CallOutcome<ImmutableArray<T>>.Succeeded([.. all.Values]);
            }
        }

        return new CallOutcome<ImmutableArray<T>>.NotApplied($"more than {PagesMax} pages: ask for a narrower window");
    }

    /// <summary>A slot, and its instant waited for. A slot that was missed goes back, and another is taken.</summary>
    public async ValueTask TakeAsync(ShopId shop, MarketplaceApi api, HostActivity.Activity activity)
    {
        while (true)
        {
            var slot = await ReserveAsync(shop, api, TimeSpan.Zero);
            await WaitAsync(slot, activity);
            if (await MayLeaveAsync(shop, api, slot))
            {
                return;
            }
        }
    }

    /// <summary>Whether a call may leave now that its slot has come: not when the slot was missed, and not before a second of the
    /// platform's is sure to have room for it. A late timer or a busy machine bunches calls that were evenly spaced; the platform counts when they arrive.</summary>
    public async ValueTask<bool> MayLeaveAsync(ShopId shop, MarketplaceApi api, DateTimeOffset slot)
    {
        if (options.Value.BudgetsOnBusinessTime)
        {
            return true;
        }

        var gate = Gate(shop, api);
        while (true)
        {
            if (system.GetUtcNow() - slot > options.Value.SlotTolerance)
            {
                return false;
            }

            var wait = gate.TryLeave();
            if (wait <= TimeSpan.Zero)
            {
                return true;
            }

            await Task.Delay(wait, system);
        }
    }

    private DepartureGate Gate(ShopId shop, MarketplaceApi api) =>
        gates.GetOrAdd((shop, api), key => new DepartureGate(Math.Clamp((int)options.Value.RateOf(key.Api), 1, 10_000), options.Value.RateOf(key.Api), options.Value.ArrivalDoubtMax, system));

    /// <summary>Tells the budget what a call's answer says about it.</summary>
    public void Learn<T>(ShopId shop, MarketplaceApi api, CallOutcome<T> outcome)
    {
        instruments.Called(shop, api, outcome.Kind);
        if (!options.Value.BudgetsOnBusinessTime)
        {
            Gate(shop, api).Answered();
        }

        if (outcome is CallOutcome<T>.RateLimited limited)
        {
            _ = Grain(shop, api).PauseAsync(limited.Until);
        }
    }

    private IRateBudgetGrain Grain(ShopId shop, MarketplaceApi api) => grains.RateBudget(options.Value.AppKey, shop, api);

    /// <summary>Bunched or not, a second's worth leaves in no less time than its slots were spread over: what is left of the limit is for the way, on which
    /// calls bunch once more.</summary>
    private sealed class DepartureGate(int limit, double perSecond, TimeSpan doubtMax, TimeProvider clock)
    {
        private readonly DepartureWindow window = new(limit, doubtMax);
        private readonly long origin = clock.GetTimestamp();
        private double pace = perSecond;

        /// <summary>Zero or less: noted as leaving now. Else how long to wait before asking again.</summary>
        public TimeSpan TryLeave()
        {
            lock (window)
            {
                return window.TryLeave(clock.GetElapsedTime(origin), TimeSpan.FromSeconds(limit / pace));
            }
        }

        public void Answered()
        {
            lock (window)
            {
                window.Answered(clock.GetElapsedTime(origin));
            }
        }

        /// <summary>Calls per second at which slots are given now.</summary>
        public double Pace
        {
            set
            {
                lock (window)
                {
                    pace = value;
                }
            }
        }
    }

    private sealed class SlotQueue(CallBudget owner, ShopId shop, MarketplaceApi api)
    {
        private readonly Queue<(TaskCompletionSource<DateTimeOffset> Waiter, DateTimeOffset NotBefore)> waiters = new();
        private bool pumping;

        public Task<DateTimeOffset> ReserveAsync(TimeSpan lead)
        {
            var waiter = new TaskCompletionSource<DateTimeOffset>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (waiters)
            {
                waiters.Enqueue((waiter, owner.Clock.GetUtcNow() + lead));
                if (pumping)
                {
                    return waiter.Task;
                }

                pumping = true;
            }

            // Off the caller's grain: one pump serves the callers of many grains.
            _ = Task.Run(PumpAsync);
            return waiter.Task;
        }

        /// <summary>A lease that went down with its host is asked for again: its slots are lost, which permits less, never more.</summary>
        private Task<(SlotLease Lease, TimeSpan Behind)> LeaseAsync(int wanted, DateTimeOffset notBefore) =>
            LossOfHost.AskAgainAsync(owner.SystemClock, LeaseTriesMax, _ => LeaseAgain, LossOfHost.IsLossOfHost, async () =>
            {
                var asked = owner.Clock.GetUtcNow();
                var lease = (await owner.Grain(shop, api).LeaseAsync(wanted, notBefore - asked)).Value;
                return (lease, owner.Behind(asked, lease));
            });

        private async Task PumpAsync()
        {
            try
            {
                while (true)
                {
                    int wanted;
                    DateTimeOffset notBefore;
                    lock (waiters)
                    {
                        if (waiters.Count == 0)
                        {
                            pumping = false;
                            return;
                        }

                        wanted = Math.Min(waiters.Count, LeaseSizeMax);
                        notBefore = waiters.Peek().NotBefore;
                    }

                    var (lease, behind) = await LeaseAsync(wanted, notBefore);
                    owner.Instruments.Budget(api, lease.Slots.Length, lease.PerSecond);
                    owner.Gate(shop, api).Pace = lease.Pace;
                    lock (waiters)
                    {
                        foreach (var slot in lease.Slots)
                        {
                            waiters.Dequeue().Waiter.SetResult(slot + behind);
                        }
                    }

                    if (lease.Slots.Length < wanted)
                    {
                        var retryAt = lease.RetryAt + behind;
                        var pause = retryAt - owner.Clock.GetUtcNow();
                        if (pause > TimeSpan.Zero && !owner.Options.BudgetsOnBusinessTime)
                        {
                            await Task.Delay(pause, owner.SystemClock);
                        }
                        else if (pause > TimeSpan.Zero)
                        {
                            await owner.WaitOnBusinessAsync(retryAt, pause);
                        }
                    }
                }
            }
            catch (Exception e)
            {
                // The grain could not be asked (silo leaving, say): each caller learns it and decides again.
                lock (waiters)
                {
                    pumping = false;
                    while (waiters.TryDequeue(out var waiting))
                    {
                        waiting.Waiter.SetException(e);
                    }
                }
            }
        }
    }

    /// <summary>By how much the clock of the host that gave a lease is behind ours. Business time is one for all hosts.</summary>
    private TimeSpan Behind(DateTimeOffset asked, SlotLease lease)
    {
        if (options.Value.BudgetsOnBusinessTime)
        {
            return TimeSpan.Zero;
        }

        if (clocks.Count > HostsMax)
        {
            clocks.Clear();
        }

        var seen = ClockDifference.Of(asked, system.GetUtcNow(), lease.GivenAt);
        return clocks.AddOrUpdate(lease.GivenBy, seen, (_, known) => known.And(seen)).Least;
    }

    private async Task WaitOnBusinessAsync(DateTimeOffset at, TimeSpan wait)
    {
        var who = $"lease/{Guid.NewGuid():N}";
        wakes.Set(who, at);
        try
        {
            await Task.Delay(wait, business);
        }
        finally
        {
            wakes.Set(who, null);
        }
    }
}
