using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Grains.Budgets;
using Engine.Grains.Labels;
using Engine.Grains.Orders;
using Engine.Grains.Shops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Engine.Grains.Intake;

/// <summary>How far a shop's orders are known to be complete; business instants.</summary>
[GenerateSerializer]
public sealed record IntakeState
{
    /// <summary>Every change before this was read by two passes that agreed.</summary>
    [Id(0)]
    public DateTimeOffset? CompleteUpTo { get; init; }

    /// <summary>Every order placed before this was seen in a creation-time window.</summary>
    [Id(1)]
    public DateTimeOffset? PlacedSeenUpTo { get; init; }

    [Id(2)]
    public DateTimeOffset? SweptAt { get; init; }
}

/// <summary>Brings a shop's orders in: a hint makes it search what is new, sweeps prove that nothing is missing (design 2.9).</summary>
[Reentrant]
internal sealed partial class OrderIntakeGrain(
    [PersistentState("intake", "rare")] IPersistentState<IntakeState> saved,
    IMarketplace marketplace,
    ShopMerchants merchants,
    IWorkQueue queue,
    CallBudget budget,
    OrderReader reader,
    ParcelMeasures measures,
    HostActivity host,
    EngineInstruments instruments,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<OrderIntakeGrain> log) : Grain, IOrderIntakeGrain
{
    /// <summary>Pages of one slice (design 2.9).</summary>
    private const int PagesMax = 20;
    private const int KnownMax = 50_000;
    private const int RereadMax = 500;
    private const int PassesMax = 5;

    /// <summary>Business time by which a search from a hint goes back behind the newest change seen: update times are whole seconds.</summary>
    private static readonly TimeSpan HintOverlap = TimeSpan.FromSeconds(2);

    /// <summary>The newest version of each order handed on, to hand none on twice.</summary>
    private readonly Dictionary<string, DateTimeOffset> known = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource> sweepWaiters = [];
    private MerchantId merchant;
    private DateTimeOffset? newest;
    private bool hinted;
    private bool running;
    private long lastSearch;
    private long lastSweep;
    private bool rereadDue;
    private bool sweepWithHint;
    private bool stopped;
    private int failures;
    private int lastSweepFound;

    private ShopId Shop => new(this.GetPrimaryKeyString());

    private bool SweepDue => sweepWaiters.Count > 0 || sweepWithHint
        || (!options.Value.SteppedTime
            && (saved.State.SweptAt is not { } at || business.GetUtcNow() - at >= options.Value.SweepEvery)
            && (lastSweep == 0 || system.GetElapsedTime(lastSweep) >= options.Value.SweepSpacing));

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        merchant = await merchants.OfAsync(Shop, cancellationToken);

    /// <summary>Nothing more is started; what was not stored is found again by the next activation.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        stopped = true;
        foreach (var waiter in sweepWaiters)
        {
            waiter.TrySetException(new OperationCanceledException($"The intake of {Shop} moves to another host; ask again."));
        }

        return Task.CompletedTask;
    }

    public Task HintAsync(string? orderId)
    {
        hinted = true;
        Kick();
        return Task.CompletedTask;
    }

    public Task PingAsync()
    {
        rereadDue = !options.Value.SteppedTime;
        Kick();
        return Task.CompletedTask;
    }

    public async Task<Carried<IntakeStatus>> SweepAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sweepWaiters.Add(done);
        rereadDue = true;
        Kick();
        await done.Task;
        return await GetStatusAsync();
    }

    public Task<Carried<IntakeStatus>> GetStatusAsync() => Task.FromResult(new Carried<IntakeStatus>(
        new IntakeStatus(saved.State.CompleteUpTo, saved.State.SweptAt, lastSweepFound, running)));

    private void Kick()
    {
        if (!running && !stopped && (hinted || SweepDue || rereadDue))
        {
            running = true;
            _ = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        using var work = host.Begin();
        try
        {
            while (!stopped && (hinted || SweepDue || rereadDue))
            {
                if (hinted)
                {
                    await SpaceSearchesAsync();
                    hinted = false;
                    lastSearch = system.GetTimestamp();
                    await SearchNewestAsync(work);
                    BringWithHint();
                }
                else if (SweepDue)
                {
                    lastSweep = system.GetTimestamp();
                    await SweepAsync(work);
                }
                else
                {
                    rereadDue = false;
                    await RereadAsync(work);
                }

                failures = 0;
            }
        }
        catch (Exception e) when (!stopped)
        {
            failures++;
            instruments.DeskFailed("intake");
            LogFailed(Shop, failures, e);
            hinted = true;
            _ = TryAgainAsync();
        }
        finally
        {
            running = false;
        }
    }

    /// <summary>In stepped time nothing else brings the safety nets: no ping, no timer.</summary>
    private void BringWithHint()
    {
        if (options.Value.SteppedTime)
        {
            rereadDue = true;
            sweepWithHint = saved.State.SweptAt is not { } at || business.GetUtcNow() - at >= options.Value.SteppedSweepEvery;
        }
    }

    private async Task TryAgainAsync()
    {
        using var work = host.Begin();
        await Task.Delay(RetryRules.AfterFailure(failures + 1), system);
        Kick();
    }

    /// <summary>Spreads searches over system time. On business time many hints share one instant, and the search budget alone bounds them.</summary>
    private async Task SpaceSearchesAsync()
    {
        if (options.Value.BudgetsOnBusinessTime)
        {
            return;
        }

        var left = options.Value.SearchSpacing - (lastSearch == 0 ? options.Value.SearchSpacing : system.GetElapsedTime(lastSearch));
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, system);
        }
    }

    /// <summary>What changed since the newest change seen.</summary>
    private async Task SearchNewestAsync(HostActivity.Activity work)
    {
        var from = (newest ?? saved.State.CompleteUpTo) - HintOverlap;
        string? page = null;
        for (var i = 0; i < PagesMax; i++)
        {
            var found = await SearchAsync(new OrderSearch { UpdatedFrom = from, PageToken = page }, work);
            await HandOnAsync(found.Orders, "search", work);
            foreach (var order in found.Orders)
            {
                newest = newest is { } n && n >= order.UpdatedAt ? n : order.UpdatedAt;
            }

            page = found.NextPageToken;
            if (page is null)
            {
                return;
            }
        }

        // More than a slice: go on from the newest seen.
        hinted = true;
    }

    /// <summary>Proves the shop complete up to a moment: changes by two passes that agree, new orders by a window of creation times.</summary>
    private async Task SweepAsync(HostActivity.Activity work)
    {
        var waiters = sweepWaiters.ToList();
        lastSweepFound = 0;
        sweepWithHint = false;
        var now = business.GetUtcNow();
        var end = now - options.Value.WatermarkLag;
        var state = saved.State;
        if (state.CompleteUpTo is not { } start || start < end)
        {
            await SweepChangesAsync(state.CompleteUpTo, end, work);
            lastSweepFound += await PassAsync(
                new OrderSearch { PlacedFrom = state.PlacedSeenUpTo - options.Value.WatermarkLag, PlacedTo = end, ByUpdateTime = false }, work, null);
            await SweepCancellationsAsync(state.CompleteUpTo, work);
            await StoreAsync(new IntakeState { CompleteUpTo = end, PlacedSeenUpTo = end, SweptAt = now });
        }
        else
        {
            await StoreAsync(state with { SweptAt = now });
        }

        // A sweep that was asked for also takes what changed inside the lag.
        if (waiters.Count > 0)
        {
            lastSweepFound += await PassAsync(new OrderSearch { UpdatedFrom = end }, work, null);
        }

        foreach (var waiter in waiters)
        {
            sweepWaiters.Remove(waiter);
            waiter.TrySetResult();
        }
    }

    /// <summary>A slice is done when two passes agree on (id, update time) of the orders not updated after its end.</summary>
    private async Task SweepChangesAsync(DateTimeOffset? start, DateTimeOffset end, HostActivity.Activity work)
    {
        Dictionary<string, DateTimeOffset>? former = null;
        for (var pass = 0; pass < PassesMax; pass++)
        {
            var seen = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            lastSweepFound += await PassAsync(new OrderSearch { UpdatedFrom = start, UpdatedTo = end }, work, seen);
            if (former is not null && former.Where(f => !seen.TryGetValue(f.Key, out var at) || at != f.Value).All(f => !seen.ContainsKey(f.Key) || seen[f.Key] > end)
                && seen.Where(s => s.Value < end).All(s => former.TryGetValue(s.Key, out var at) && at == s.Value))
            {
                return;
            }

            former = seen;
        }

        throw new InvalidOperationException($"Shop {Shop}: {PassesMax} passes over the changes before {end:O} did not agree; swept again later.");
    }

    private async Task<int> PassAsync(OrderSearch search, HostActivity.Activity work, Dictionary<string, DateTimeOffset>? seen)
    {
        var fresh = 0;
        string? page = null;
        do
        {
            var found = await SearchAsync(search with { PageToken = page }, work);
            foreach (var order in found.Orders)
            {
                seen?[order.OrderId] = order.UpdatedAt;
            }

            fresh += await HandOnAsync(found.Orders, "sweep", work);
            page = found.NextPageToken;
        }
        while (page is not null);

        return fresh;
    }

    private async Task SweepCancellationsAsync(DateTimeOffset? since, HostActivity.Activity work)
    {
        await budget.TakeAsync(Shop, MarketplaceApi.SearchCancellations, work);
        var outcome = await marketplace.SearchCancellationsAsync(Shop, since - options.Value.WatermarkLag, null, [], CancellationToken.None);
        budget.Learn(Shop, MarketplaceApi.SearchCancellations, outcome);
        if (outcome is not CallOutcome<ImmutableArray<CancellationRequest>>.Succeeded { Value: var requests })
        {
            throw new IOException($"Shop {Shop}: cancellations could not be searched: {outcome.Describe()}");
        }

        var stale = requests.Where(r => !known.TryGetValue(r.OrderId, out var at) || at < r.UpdatedAt).Select(r => r.OrderId).ToImmutableArray();
        var read = await reader.ReadAsync(Shop, stale, work, CancellationToken.None);
        await HandOnAsync([.. read.Values], "cancellation sweep", work);
    }

    /// <summary>Open orders that nobody has looked at for hours: the safety net under lost hints and lagging lists.</summary>
    private async Task RereadAsync(HostActivity.Activity work)
    {
        var now = business.GetUtcNow();
        var due = await queue.LoadAsync(Shop, [WorkKind.Reread], now, now, RereadMax, CancellationToken.None);
        if (due.IsEmpty)
        {
            return;
        }

        var read = await reader.ReadAsync(Shop, [.. due.Select(d => d.Order.OrderId)], work, CancellationToken.None);
        await HandOnAsync([.. read.Values], "re-read", work, evenIfKnown: true);
        await queue.PostponeAsync(
            Shop, WorkKind.Reread, [.. due.Select(d => d.Order.OrderId)], now + options.Value.Policy.RereadEvery, CancellationToken.None);
        rereadDue |= due.Length == RereadMax;
    }

    private async Task<OrderPage> SearchAsync(OrderSearch search, HostActivity.Activity work)
    {
        await budget.TakeAsync(Shop, MarketplaceApi.SearchOrders, work);
        var outcome = await marketplace.SearchOrdersAsync(Shop, search, CancellationToken.None);
        budget.Learn(Shop, MarketplaceApi.SearchOrders, outcome);
        return outcome is CallOutcome<OrderPage>.Succeeded { Value: var page }
            ? page
            : throw new IOException($"Shop {Shop}: orders could not be searched: {outcome.Describe()}");
    }

    /// <summary>Hands each order that is newer than what was handed on to its grain. Returns how many were new to us.</summary>
    /// <exception cref="IOException">Some order could not be stored: nothing may count as seen that is not durable.</exception>
    private async Task<int> HandOnAsync(ImmutableArray<MarketplaceOrder> orders, string cause, HostActivity.Activity work, bool evenIfKnown = false)
    {
        if (known.Count > KnownMax)
        {
            known.Clear();
        }

        var fresh = orders.Where(o => evenIfKnown || !known.TryGetValue(o.OrderId, out var at) || at < o.UpdatedAt).ToList();
        var stored = 0;
        await work.ForkAsync([.. fresh.Select(order => new Func<HostActivity.Activity, Task>(async own =>
        {
            var isNew = !known.ContainsKey(order.OrderId);
            var found = order is { Fulfiller: Fulfiller.Seller, Status: MarketplaceStatus.AwaitingShipment or MarketplaceStatus.PartiallyShipping }
                ? await measures.FindAsync(merchant, Shop, order.Lines, own, CancellationToken.None)
                : null;
            var key = new OrderKey(Shop, order.OrderId);
            var answer = (await GrainFactory.Order(key).AskAsync(new OrderQuestion(
                merchant,
                new ObserveOrder(order, business.GetUtcNow(), found),
                new Causation("platform", Guid.NewGuid(), cause),
                order.Document,
                order.Recipient,
                ProbablyNew: isNew))).Value;
            if (answer.Result is not (AskResult.Accepted or AskResult.AlreadyDone))
            {
                throw new IOException($"Order {key} could not be stored ({answer.Result}): {answer.Message}");
            }

            known[order.OrderId] = order.UpdatedAt;
            stored += answer.Result == AskResult.Accepted ? 1 : 0;
        }))]);
        return stored;
    }

    private async Task StoreAsync(IntakeState next)
    {
        saved.State = next;
        try
        {
            await saved.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: intake failed {Failures} times in a row; tried again")]
    private partial void LogFailed(ShopId shop, int failures, Exception exception);
}
