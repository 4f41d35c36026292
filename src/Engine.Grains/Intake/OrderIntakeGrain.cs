using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Intake;
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
    IQualityStore quality,
    IOrderQueries stored,
    HostActivity host,
    EngineInstruments instruments,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<OrderIntakeGrain> log) : Grain, IOrderIntakeGrain
{
    private const int KnownMax = 50_000;
    private const int HintsMax = 10_000;
    private const int RereadMax = 500;
    private const int MissingMax = 500;

    /// <summary>Failures in a row after which announced orders that cannot be read are recorded as missing.</summary>
    private const int ReadFailuresMax = 3;

    /// <summary>Business time by which a search from a hint goes back behind the newest change seen: update times are whole seconds.</summary>
    private static readonly TimeSpan HintOverlap = TimeSpan.FromSeconds(1);

    /// <summary>The newest version of each order handed on, to hand none on twice.</summary>
    private readonly Dictionary<string, DateTimeOffset> known = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource> sweepWaiters = [];

    /// <summary>Orders that a hint named and that no search has brought yet.</summary>
    private readonly HashSet<string> announced = new(StringComparer.Ordinal);

    /// <summary>Tries in a row of orders that could not be stored.</summary>
    private readonly Dictionary<string, int> unstored = new(StringComparer.Ordinal);
    private MerchantId merchant;
    private DateTimeOffset activatedAt;
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
    private long missing;

    private ShopId Shop => new(this.GetPrimaryKeyString());

    private TimeSpan WatermarkLag => PlantedBugs.NoWatermarkOverlap ? TimeSpan.Zero : options.Value.WatermarkLag;

    private DateTimeOffset? CompleteUpTo => new ReadTo(saved.State.CompleteUpTo, saved.State.PlacedSeenUpTo).CompleteUpTo;

    private bool SweepDue => sweepWaiters.Count > 0 || sweepWithHint
        || (!options.Value.SteppedTime
            && (saved.State.SweptAt is not { } at || business.GetUtcNow() - at >= options.Value.SweepEvery)
            && (lastSweep == 0 || system.GetElapsedTime(lastSweep) >= options.Value.SweepSpacing));

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        budget.Wake(
            Shop, MarketplaceApi.SearchOrders, MarketplaceApi.ReadProduct, MarketplaceApi.ReadOrders, MarketplaceApi.BuyLabel, MarketplaceApi.ShippingDocument);
        merchant = await merchants.OfAsync(Shop, cancellationToken);
        activatedAt = business.GetUtcNow();

        // What came while nobody listened is brought in before the sweep proves that nothing is missing.
        hinted = !options.Value.SteppedTime && CompleteUpTo is not null;
        missing = (await quality.MissingAsync(Shop, MissingMax, [], cancellationToken)).Length;
        instruments.CompleteUpTo(Shop, CompleteUpTo);
    }

    /// <summary>Nothing more is started; what was not stored is found again by the next activation.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        stopped = true;
        instruments.CompleteUpTo(Shop, null);
        foreach (var waiter in sweepWaiters)
        {
            waiter.TrySetException(new OperationCanceledException($"The intake of {Shop} moves to another host; ask again."));
        }

        return Task.CompletedTask;
    }

    public Task HintAsync(string? orderId)
    {
        hinted = true;
        if (orderId is not null && !known.ContainsKey(orderId) && announced.Count < HintsMax)
        {
            announced.Add(orderId);
        }

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
        new IntakeStatus(CompleteUpTo, saved.State.SweptAt, lastSweepFound, running, missing)));

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
            if (failures >= ReadFailuresMax)
            {
                await MissAnnouncedAsync(e);
            }

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

    /// <summary>What changed since the newest change seen, and what was announced and is not in the list yet.</summary>
    private async Task SearchNewestAsync(HostActivity.Activity work)
    {
        var from = (newest ?? saved.State.CompleteUpTo) - HintOverlap;
        string[] named = [.. announced];
        string? page = null;
        for (var i = 0; i < CatchUp.PagesMax; i++)
        {
            var found = await SearchAsync(new OrderSearch { UpdatedFrom = from, PageToken = page, IsKnown = IsKnown }, work);
            await HandOnAsync(found.Orders, "search", work);
            foreach (var order in found.Orders)
            {
                newest = newest is { } n && n >= order.UpdatedAt ? n : order.UpdatedAt;
            }

            page = found.NextPageToken;
            if (page is null)
            {
                await ReadAnnouncedAsync(named, work);
                return;
            }
        }

        // More than a slice: go on from the newest seen.
        hinted = true;
    }

    /// <summary>A list may lag behind the hint: what it does not show yet is read by its id.</summary>
    private async Task ReadAnnouncedAsync(string[] named, HostActivity.Activity work)
    {
        ImmutableArray<string> unseen = [.. named.Where(id => !known.ContainsKey(id))];
        if (!unseen.IsEmpty)
        {
            var read = await reader.ReadAsync(Shop, unseen, work, CancellationToken.None);
            await HandOnAsync([.. read.Values], "hint", work);
        }

        announced.ExceptWith(named);
    }

    /// <summary>Proves the shop complete up to a moment, slice by slice: changes by two passes that agree, new orders by windows of creation times.
    /// What is proved is stored after each slice, so that a crash loses one slice's reading and claims nothing too much.</summary>
    private async Task SweepAsync(HostActivity.Activity work)
    {
        var waiters = sweepWaiters.ToList();
        lastSweepFound = 0;
        sweepWithHint = false;
        var now = business.GetUtcNow();
        var end = CatchUp.LatestEnd(now, WatermarkLag, options.Value.Policy.ClockSkewBound);
        await RetryMissingAsync(work);
        if (saved.State.CompleteUpTo is not { } read || read < end)
        {
            await SweepCancellationsAsync(saved.State.CompleteUpTo, work);
        }

        while (!stopped && (saved.State.CompleteUpTo is not { } changes || changes < end))
        {
            var to = await SweepChangesAsync(saved.State.CompleteUpTo, end, work);
            await StoreAsync(saved.State with { CompleteUpTo = to });
        }

        while (!stopped && (saved.State.PlacedSeenUpTo is not { } placed || placed < end))
        {
            var to = await SweepPlacedAsync(saved.State.PlacedSeenUpTo, end, work);
            await StoreAsync(saved.State with { PlacedSeenUpTo = to });
        }

        // A sweep that was asked for also takes what changed inside the lag.
        if (waiters.Count > 0)
        {
            await ReadPagesAsync(new OrderSearch { UpdatedFrom = end }, work, [], o => o.UpdatedAt, cut: false);
            if (options.Value.SteppedTime)
            {
                await GrainFactory.QualityAudit(Shop).AuditAsync();
            }
        }

        if (stopped)
        {
            return;
        }

        // What is newer than the watermark is not proved yet, but with all hints lost it is brought in here all the same.
        hinted |= !options.Value.SteppedTime;
        await StoreAsync(saved.State with { SweptAt = now });
        foreach (var waiter in waiters)
        {
            sweepWaiters.Remove(waiter);
            waiter.TrySetResult();
        }
    }

    /// <summary>One slice of changes from <paramref name="start"/>: done when two passes agree on (id, update time) of the orders not updated after its end.</summary>
    /// <returns>The slice's end.</returns>
    private async Task<DateTimeOffset> SweepChangesAsync(DateTimeOffset? start, DateTimeOffset end, HostActivity.Activity work)
    {
        var search = new OrderSearch { UpdatedFrom = start, UpdatedTo = end };
        var seen = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        end = (await ReadPagesAsync(search, work, seen, o => o.UpdatedAt, cut: true)).Cut ?? end;
        for (var pass = 1; pass < CatchUp.PassesMax; pass++)
        {
            var newer = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            await ReadPagesAsync(search with { UpdatedTo = end }, work, newer, o => o.UpdatedAt, cut: false);
            switch (CatchUp.Compare(seen, newer, end, Newest))
            {
                case PassVerdict.Agreed:
                    return end;
                case PassVerdict.Prove prove:
                    var read = await reader.ReadAsync(Shop, prove.OrderIds, work, CancellationToken.None);
                    await HandOnAsync([.. read.Values], "sweep", work);
                    if (CatchUp.IsProved(prove, end, id => read.TryGetValue(id, out var order) ? order.UpdatedAt : null))
                    {
                        return end;
                    }

                    break;
            }

            foreach (var (order, at) in newer)
            {
                seen[order] = at;
            }
        }

        throw new InvalidOperationException($"Shop {Shop}: {CatchUp.PassesMax} passes over the changes before {end:O} did not agree; swept again later.");
    }

    /// <summary>One window of creation times from <paramref name="start"/>. It begins a lag earlier: what a list showed late is still taken.</summary>
    /// <returns>The window's end.</returns>
    private async Task<DateTimeOffset> SweepPlacedAsync(DateTimeOffset? start, DateTimeOffset end, HostActivity.Activity work)
    {
        for (var pass = 0; pass < CatchUp.PassesMax; pass++)
        {
            var seen = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            var search = new OrderSearch { PlacedFrom = start - WatermarkLag, PlacedTo = end, ByUpdateTime = false };
            var (cut, counted) = await ReadPagesAsync(search, work, seen, o => o.PlacedAt, cut: true);
            if (cut is not null || CatchUp.IsWhole(seen.Count, counted))
            {
                // A window that begins a lag earlier must get beyond its start, or catch-up would stand still.
                return cut is { } at && at > (start ?? DateTimeOffset.MinValue) ? at : cut is null ? end : await BeyondAsync(start!.Value, end, work);
            }
        }

        throw new InvalidOperationException($"Shop {Shop}: the orders placed before {end:O} are fewer than the marketplace counts; swept again later.");
    }

    /// <summary>The overlap alone filled a slice: read from the start itself.</summary>
    private async Task<DateTimeOffset> BeyondAsync(DateTimeOffset start, DateTimeOffset end, HostActivity.Activity work) =>
        (await ReadPagesAsync(new OrderSearch { PlacedFrom = start, PlacedTo = end, ByUpdateTime = false }, work, [], o => o.PlacedAt, cut: true)).Cut ?? end;

    /// <summary>Reads a window and hands on what it brings.</summary>
    /// <param name="seen">Takes each order and its instant.</param>
    /// <param name="cut">Stop after a slice's pages; what is at or behind the cut is taken out of <paramref name="seen"/>.</param>
    /// <returns>Where it was cut, null when it was read to its end; and how many orders the marketplace counts in it.</returns>
    private async Task<(DateTimeOffset? Cut, long? Counted)> ReadPagesAsync(
        OrderSearch search, HostActivity.Activity work, Dictionary<string, DateTimeOffset> seen, Func<MarketplaceOrder, DateTimeOffset> instant, bool cut)
    {
        DateTimeOffset? first = null;
        DateTimeOffset last = default;
        string? page = null;
        for (var pages = 1; ; pages++)
        {
            var found = await SearchAsync(search with { PageToken = page }, work);
            foreach (var order in found.Orders)
            {
                first ??= instant(order);
                last = instant(order);
                seen[order.OrderId] = last;
            }

            lastSweepFound += await HandOnAsync(found.Orders, "sweep", work);
            page = found.NextPageToken;
            if (page is null)
            {
                return (null, found.Counted);
            }

            if (cut && pages >= CatchUp.PagesMax && first is { } from && CatchUp.CutAt(from, last) is { } at)
            {
                foreach (var late in seen.Where(s => s.Value >= at).Select(s => s.Key).ToList())
                {
                    seen.Remove(late);
                }

                return (at, null);
            }
        }
    }

    private bool IsKnown(string orderId, DateTimeOffset updatedAt) => known.TryGetValue(orderId, out var at) && at >= updatedAt;

    private DateTimeOffset? Newest(string orderId) => known.TryGetValue(orderId, out var at) ? at : null;

    private async Task SweepCancellationsAsync(DateTimeOffset? since, HostActivity.Activity work)
    {
        var outcome = await budget.AskAllAsync(
            Shop,
            MarketplaceApi.SearchCancellations,
            work,
            page => marketplace.SearchCancellationsAsync(Shop, since - WatermarkLag, null, [], page, CancellationToken.None),
            static request => request.CancelId);
        if (outcome is not CallOutcome<ImmutableArray<CancellationRequest>>.Succeeded { Value: var requests })
        {
            throw new IOException($"Shop {Shop}: cancellations could not be searched: {outcome.Describe()}");
        }

        var stale = requests.Where(r => !IsKnown(r.OrderId, r.UpdatedAt)).Select(r => r.OrderId).ToImmutableArray();
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
        var outcome = await budget.AskAsync(
            Shop, MarketplaceApi.SearchOrders, work, () => marketplace.SearchOrdersAsync(Shop, search, CancellationToken.None));
        return outcome is CallOutcome<OrderPage>.Succeeded { Value: var page }
            ? page
            : throw new IOException($"Shop {Shop}: orders could not be searched: {outcome.Describe()}");
    }

    /// <summary>Hands each order that is newer than what was handed on to its grain. Returns how many were new to us.</summary>
    /// <remarks>An order that cannot be stored holds everything back for a few tries; then it is recorded as missing, which keeps every statement true, and the rest goes on.</remarks>
    /// <exception cref="IOException">Some order could not be stored, nor recorded: nothing may count as seen that is not durable.</exception>
    private async Task<int> HandOnAsync(ImmutableArray<MarketplaceOrder> orders, string cause, HostActivity.Activity work, bool evenIfKnown = false)
    {
        if (known.Count > KnownMax)
        {
            known.Clear();
        }

        await RecallAsync(orders);
        var fresh = orders.Where(o => evenIfKnown || !IsKnown(o.OrderId, o.UpdatedAt)).ToList();
        var accepted = 0;
        var failed = new List<(MarketplaceOrder Order, string Problem)>();
        await work.ForkAsync([.. fresh.Select(order => new Func<HostActivity.Activity, Task>(async own =>
        {
            var isNew = !known.ContainsKey(order.OrderId);
            string problem;
            try
            {
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
                if (answer.Result is AskResult.Accepted or AskResult.AlreadyDone)
                {
                    known[order.OrderId] = order.UpdatedAt;
                    unstored.Remove(order.OrderId);
                    accepted += answer.Result == AskResult.Accepted ? 1 : 0;
                    return;
                }

                problem = $"{answer.Result}: {answer.Message}";
            }
            catch (Exception e)
            {
                LogNotStored(Shop, order.OrderId, e);
                problem = e.GetType().Name;
            }

            failed.Add((order, problem));
        }))]);
        if (failed.Count > 0)
        {
            await SetAsideAsync(failed);
        }

        return accepted;
    }

    /// <summary>A new activation searches minutes back, and knows nothing of what the one before has handed on: asked for in one go, since
    /// otherwise each of those orders would be activated, decided and refused one by one before anything new gets its turn.</summary>
    private async Task RecallAsync(ImmutableArray<MarketplaceOrder> orders)
    {
        ImmutableArray<string> former = [.. orders.Where(o => o.PlacedAt < activatedAt && !known.ContainsKey(o.OrderId)).Select(o => o.OrderId)];
        if (former.IsEmpty)
        {
            return;
        }

        foreach (var (order, updatedAt) in await stored.UpdatedAtAsync(Shop, former, CancellationToken.None))
        {
            known[order] = updatedAt;
        }
    }

    private async Task SetAsideAsync(List<(MarketplaceOrder Order, string Problem)> failed)
    {
        foreach (var (order, _) in failed)
        {
            unstored[order.OrderId] = unstored.GetValueOrDefault(order.OrderId) + 1;
        }

        if (failed.FirstOrDefault(f => PoisonPolicy.HoldsBack(unstored[f.Order.OrderId])) is { Order: { } first } f)
        {
            throw new IOException($"Order {first.OrderId} of shop {Shop} could not be stored ({f.Problem}); {failed.Count} such, tried again.");
        }

        var now = business.GetUtcNow();
        await MissAsync([.. failed.Select(x => new MissingOrder(
            x.Order.OrderId, x.Order.Status, x.Order.Fulfiller, x.Order.CancelReason, x.Order.DispatchBy, PoisonPolicy.CauseOf(x.Order), x.Problem, now, 1))]);
        LogSetAside(Shop, failed.Count, failed[0].Order.OrderId, failed[0].Problem);
    }

    /// <summary>What hints announced and nothing can be read of: recorded, unless it is stored already.</summary>
    private async Task MissAnnouncedAsync(Exception why)
    {
        string[] named = [.. announced.Where(id => !known.ContainsKey(id))];
        if (named.Length == 0)
        {
            return;
        }

        try
        {
            var now = business.GetUtcNow();
            await MissAsync([.. named.Select(id => new MissingOrder(
                id, null, Fulfiller.Seller, null, null, Domain.Quality.MissingCause.ReadFailed, why.GetType().Name, now, 1))]);
            announced.ExceptWith(named);
        }
        catch (JournalUnavailableException e)
        {
            // Still announced: recorded with the next failure, or read.
            LogFailed(Shop, failures, e);
        }
    }

    private async Task MissAsync(ImmutableArray<MissingOrder> orders)
    {
        await quality.MissAsync(merchant, Shop, orders, CancellationToken.None);
        missing = (await quality.MissingAsync(Shop, MissingMax, [], CancellationToken.None)).Length;
    }

    /// <summary>Orders recorded as missing are read and handed on again with every sweep.</summary>
    private async Task RetryMissingAsync(HostActivity.Activity work)
    {
        if (missing == 0)
        {
            return;
        }

        var recorded = await quality.MissingAsync(Shop, MissingMax, [], CancellationToken.None);
        if (!recorded.IsEmpty)
        {
            var read = await reader.ReadAsync(Shop, [.. recorded.Select(m => m.OrderId)], work, CancellationToken.None);
            await HandOnAsync([.. read.Values], "retry", work, evenIfKnown: true);
            recorded = await quality.MissingAsync(Shop, MissingMax, [], CancellationToken.None);
        }

        missing = recorded.Length;
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

        instruments.CompleteUpTo(Shop, CompleteUpTo);
    }

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: intake failed {Failures} times in a row; tried again")]
    private partial void LogFailed(ShopId shop, int failures, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Order {Order} of shop {Shop} could not be handed on")]
    private partial void LogNotStored(ShopId shop, string order, Exception exception);

    [LoggerMessage(LogLevel.Error, "Shop {Shop}: {Count} orders cannot be stored and are set aside, first {Order}: {Problem}")]
    private partial void LogSetAside(ShopId shop, int count, string order, string problem);
}
