using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Grains.Budgets;
using Engine.Grains.Intake;
using Engine.Grains.Orders;
using Engine.Grains.Shops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Labels;

/// <summary>Buys a shop's labels: re-read, slot, durable intent, send, record. What may be bought, and what an answer means, is decided by the order.</summary>
internal sealed partial class LabelDeskGrain(
    IWorkQueue queue,
    IMarketplace marketplace,
    ShopMerchants merchants,
    CallBudget budget,
    OrderReader reader,
    ParcelMeasures measures,
    HostActivity host,
    EngineInstruments instruments,
    IPausePoints points,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<LabelDeskGrain> log) : Grain, ILabelDeskGrain
{
    /// <summary>System time for which an intent that was not sent yet may take another slot; far below the signature window.</summary>
    private static readonly TimeSpan IntentKeptFor = TimeSpan.FromSeconds(1.5);

    private const string MissedSlot = "its slot was missed; not sent";

    private static readonly ImmutableArray<WorkKind> Kinds = DeskRules.KindsOf(Desk.Labels);

    private readonly HashSet<ParcelId> openAttempts = [];
    private readonly Dictionary<ParcelId, int> failedReadBacks = [];
    private DeskLoop loop = null!;
    private MerchantId merchant;
    private TimeSpan commitTime = TimeSpan.FromMilliseconds(5);

    private ShopId Shop => new(this.GetPrimaryKeyString());

    private FulfillmentPolicy Policy => options.Value.Policy;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        budget.Wake(Shop, MarketplaceApi.ReadOrders, MarketplaceApi.BuyLabel, MarketplaceApi.ShippingDocument);
        merchant = await merchants.OfAsync(Shop, cancellationToken);

        // What is re-read together must be sent before the read is too old, at the rate that is permitted.
        var rate = options.Value.RateOf(MarketplaceApi.BuyLabel);
        var chunk = (int)Math.Clamp(rate * Policy.MaxReadAge.TotalSeconds / 4, 1, OrderReader.IdsMax);
        var inFlight = (int)Math.Clamp(rate * Policy.MaxReadAge.TotalSeconds / 2, 2, options.Value.PurchasesInFlightMax);
        loop = new DeskLoop("label", host, instruments, system, log, LoadDueAsync, HandleAsync, Math.Max(inFlight, chunk), chunk, options.Value.DeskLoadSpacing, options.Value.DeskReloadEvery);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => loop.StopAsync(reason);

    public Task PingAsync()
    {
        loop.Kick();
        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<DueWork>> LoadDueAsync(int max)
    {
        var now = business.GetUtcNow();
        var due = await queue.LoadAsync(Shop, Kinds, now, now + Policy.AutoCancelMargin, max, CancellationToken.None);
        return PurchasePlanner.Order(due, now, Policy.AutoCancelMargin);
    }

    private async Task HandleAsync(IReadOnlyList<DueWork> chunk, HostActivity.Activity work)
    {
        var branches = new List<Func<HostActivity.Activity, Task>>();
        var inDoubt = chunk.Where(d => d.Kind == WorkKind.ReadBack).Select(d => d.Order).ToHashSet();
        var toSend = chunk.Where(d => d.Kind is WorkKind.BuyLabel or WorkKind.SendTracking && !inDoubt.Contains(d.Order)).ToList();
        if (toSend.Count > 0)
        {
            branches.Add(own => SendAllAsync(toSend, own));
        }

        foreach (var due in chunk)
        {
            switch (due.Kind)
            {
                case WorkKind.ReadBack:
                    branches.Add(own => ReadBackAsync(due.Order, own));
                    break;
                case WorkKind.Allocate:
                    branches.Add(own => AllocateAsync(due.Order, own));
                    break;
            }
        }

        if (chunk.Where(d => d.Kind == WorkKind.WatchScan).Select(d => d.Order).ToList() is { Count: > 0 } unscanned)
        {
            branches.Add(own => WatchScansAsync(unscanned, own));
        }

        await work.ForkAsync(branches);
    }

    private async Task SendAllAsync(IReadOnlyList<DueWork> due, HostActivity.Activity work)
    {
        var readAt = system.GetUtcNow();
        var facts = await reader.ReadAsync(Shop, [.. due.Select(d => d.Order.OrderId)], work, CancellationToken.None);
        await work.ForkAsync([.. due.Where(d => facts.ContainsKey(d.Order.OrderId)).Select(d =>
            new Func<HostActivity.Activity, Task>(own => SendAsync(facts[d.Order.OrderId], readAt, own)))]);
    }

    private async Task SendAsync(MarketplaceOrder facts, DateTimeOffset readAt, HostActivity.Activity work)
    {
        var observed = await ObserveAsync(facts, "re-read before sending");
        if (observed.Order is { } order)
        {
            if (!order.Parcels.Any(order.IsToBuy))
            {
                // Done, or no longer to be done, since the row was loaded.
                loop.Progressed(order.Key.OrderId);
            }

            foreach (var parcel in order.Parcels.Where(order.IsToBuy))
            {
                await SendAsync(order, parcel, readAt, work);
            }
        }
    }

    /// <summary>One attempt. A slot is taken timed ahead, so that the intent is durable by the time it comes.</summary>
    private async Task SendAsync(OrderState order, Parcel parcel, DateTimeOffset readAt, HostActivity.Activity work)
    {
        var kind = order.Shipping == ShippingMode.PlatformLabel ? PurchaseKind.BuyLabel : PurchaseKind.SendTracking;
        var api = kind == PurchaseKind.BuyLabel ? MarketplaceApi.BuyLabel : MarketplaceApi.MarkShipped;
        var purchase = new LabelPurchase(
            Shop, parcel.Id, [order.Key.OrderId], parcel.LineIds, null, parcel.Measure ?? new ParcelMeasure(0));
        var reservedAt = system.GetTimestamp();
        var slot = await budget.ReserveAsync(Shop, api, options.Value.BudgetsOnBusinessTime ? TimeSpan.Zero : commitTime * 2);

        // An intent that is durable long before its slot would only age: its signature, and the read that allowed it.
        var early = slot - budget.Clock.GetUtcNow() - (commitTime * 4);
        if (early > TimeSpan.Zero && !options.Value.BudgetsOnBusinessTime)
        {
            await Task.Delay(early, system);
        }

        var signedAt = system.GetUtcNow();
        openAttempts.Add(parcel.Id);
        try
        {
            await points.ReachAsync(KillPoint.BeforeIntent, order.Key);
            var startedAt = system.GetTimestamp();
            var intent = await AskAsync(
                order.Key, new IntendPurchase(parcel.Id, kind, purchase.Hash(), readAt, signedAt, business.GetUtcNow()), $"slot {slot:O}");
            commitTime = (commitTime * 0.9) + (system.GetElapsedTime(startedAt) * 0.1);
            if (intent is not { Result: AskResult.Accepted, Order: { } intended } || intended.Parcels.First(p => p.Id == parcel.Id).Attempt is not { } attempt)
            {
                return;
            }

            await points.ReachAsync(KillPoint.IntentStored, order.Key);
            var (mayLeave, leavesAt) = await WaitToLeaveAsync(api, slot, signedAt, work);
            var permit = Permit(signedAt, leavesAt);
            await points.ReachAsync(KillPoint.Permitted, order.Key);
            if (kind == PurchaseKind.BuyLabel)
            {
                var outcome = mayLeave
                    ? await marketplace.BuyLabelAsync(purchase, permit, CancellationToken.None)
                    : new CallOutcome<PurchasedLabel>.NotApplied(MissedSlot);
                Learn(mayLeave, outcome);
                await points.ReachAsync(KillPoint.Answered, order.Key);
                await AskAsync(order.Key, new RecordPurchase(parcel.Id, attempt.Number, outcome, business.GetUtcNow()), "outcome");
            }
            else
            {
                var outcome = mayLeave
                    ? await marketplace.MarkShippedAsync(
                        order.Key, parcel.LineIds, parcel.TrackingNumber!, parcel.CarrierId!, permit, CancellationToken.None)
                    : new CallOutcome<TrackingAccepted>.NotApplied(MissedSlot);
                Learn(mayLeave, outcome);
                await AskAsync(order.Key, new RecordTracking(parcel.Id, attempt.Number, outcome, business.GetUtcNow()), "outcome");
            }

            await points.ReachAsync(KillPoint.OutcomeStored, order.Key);
            instruments.Purchased(system.GetElapsedTime(reservedAt));
        }
        finally
        {
            openAttempts.Remove(parcel.Id);
        }

        // What never left is no answer: it must not be taken for that of a call still under way.
        void Learn<T>(bool left, CallOutcome<T> outcome)
        {
            if (left)
            {
                budget.Learn(Shop, api, outcome);
            }
        }
    }

    /// <summary>Waits for the slot. One that was missed goes back, and another is taken for the same intent, which has sent nothing yet;
    /// only an intent that has grown old is closed as surely not sent.</summary>
    private async Task<(bool MayLeave, DateTimeOffset Slot)> WaitToLeaveAsync(
        MarketplaceApi api, DateTimeOffset slot, DateTimeOffset signedAt, HostActivity.Activity work)
    {
        while (true)
        {
            await budget.WaitAsync(slot, work);
            if (await budget.MayLeaveAsync(Shop, api, slot))
            {
                return (true, slot);
            }

            if (system.GetUtcNow() - signedAt > IntentKeptFor)
            {
                return (false, slot);
            }

            slot = await budget.ReserveAsync(Shop, api, TimeSpan.Zero);
        }
    }

    /// <summary>Past the slot and its tolerance nothing is sent: the sender checks this before it writes.</summary>
    private SendPermit Permit(DateTimeOffset signedAt, DateTimeOffset slot)
    {
        var left = options.Value.BudgetsOnBusinessTime
            ? options.Value.SlotTolerance
            : slot + options.Value.SlotTolerance - system.GetUtcNow();
        return new SendPermit(signedAt, system.GetTimestamp() + (long)(left.TotalSeconds * system.TimestampFrequency));
    }

    /// <summary>Attempts without a recorded end, and packages that we did not make: read, and let the order decide.</summary>
    private async Task ReadBackAsync(OrderKey key, HostActivity.Activity work)
    {
        var order = (await GrainFactory.Order(key).GetAsync(loop.StoredVersion(key.OrderId))).Value;
        if (order is null)
        {
            return;
        }

        foreach (var parcel in order.Parcels.Where(p => p.Status == ParcelStatus.Intended && !openAttempts.Contains(p.Id)))
        {
            var abandoned = await AskAsync(key, new AbandonAttempt(parcel.Id, parcel.Attempt!.Number, business.GetUtcNow()), "read back");
            order = abandoned.Order ?? order;
        }

        var readAt = system.GetUtcNow();
        var facts = await reader.ReadAsync(Shop, [key.OrderId], work, CancellationToken.None);
        if (!facts.TryGetValue(key.OrderId, out var read))
        {
            foreach (var parcel in order.Parcels.Where(p => order.IsToReadBack(p) && !openAttempts.Contains(p.Id)))
            {
                await ReadBackFailedAsync(key, parcel);
            }

            return;
        }

        var observed = await ObserveAsync(read, "read back");
        if (observed.Order is not { } now)
        {
            return;
        }

        var doubtful = now.Parcels.Where(now.IsToReadBack).ToList();
        if (doubtful.Count == 0 && observed.Result == AskResult.AlreadyDone)
        {
            // As above.
            loop.Progressed(key.OrderId);
        }

        foreach (var parcel in doubtful.Where(p => !openAttempts.Contains(p.Id)))
        {
            await ReadBackAsync(key, parcel, now.PackagesOn(parcel), readAt, work);
        }
    }

    private async Task ReadBackAsync(OrderKey key, Parcel parcel, ImmutableArray<string> packageIds, DateTimeOffset readAt, HostActivity.Activity work)
    {
        MarketplacePackage? package = null;
        if (packageIds is [var first, ..])
        {
            var outcome = await budget.AskAsync(
                Shop, MarketplaceApi.ReadPackage, work, () => marketplace.ReadPackageAsync(Shop, first, CancellationToken.None));
            if (outcome is not CallOutcome<MarketplacePackage>.Succeeded { Value: var found })
            {
                LogPackageUnread(key, first, outcome.Describe());
                await ReadBackFailedAsync(key, parcel);
                return;
            }

            package = found;
        }

        failedReadBacks.Remove(parcel.Id);
        var answer = await AskAsync(key, new RecordReadBack(parcel.Id, package, readAt, business.GetUtcNow()), "read back");
        if (answer.Order?.Parcels.FirstOrDefault(p => p.Id == parcel.Id) is { Status: ParcelStatus.Unknown, Attempt: { } attempt } doubtful)
        {
            await DoubtGoesOnAsync(key, doubtful, attempt, failed: 0);
        }
    }

    /// <summary>The desk tries again, less and less often; what stays unreadable for long goes to a person.</summary>
    private async Task ReadBackFailedAsync(OrderKey key, Parcel parcel)
    {
        var failed = failedReadBacks[parcel.Id] = failedReadBacks.GetValueOrDefault(parcel.Id) + 1;
        if (parcel is { Status: ParcelStatus.Unknown, Attempt: { } attempt })
        {
            await DoubtGoesOnAsync(key, parcel, attempt, failed);
        }
    }

    private async Task DoubtGoesOnAsync(OrderKey key, Parcel parcel, PurchaseAttempt attempt, int failed)
    {
        switch (ReadBack.Next(attempt, failed, system.GetUtcNow(), Policy))
        {
            case RetryDecision.Again again:
                loop.RetryLater(key.OrderId, again.After);
                break;
            case RetryDecision.GiveUp:
                failedReadBacks.Remove(parcel.Id);
                await AskAsync(key, ReadBack.ToPerson(parcel, attempt, business.GetUtcNow()), "read back");
                break;
        }
    }

    private async Task AllocateAsync(OrderKey key, HostActivity.Activity work)
    {
        var order = (await GrainFactory.Order(key).GetAsync(loop.StoredVersion(key.OrderId))).Value;
        if (order is not null && await measures.FindAsync(merchant, Shop, order.Lines, work, CancellationToken.None) is { } found)
        {
            await AskAsync(key, new AllocateOrder(order.WarehouseId, found, business.GetUtcNow()), "allocate");
        }
    }

    /// <summary>A deadline decision: read again before it (design 2.9), and decided on what we know where nothing could be read.</summary>
    private async Task WatchScansAsync(List<OrderKey> unscanned, HostActivity.Activity work)
    {
        if (options.Value.SteppedTime)
        {
            await GrainFactory.Intake(Shop).HintAsync(null);
        }

        var facts = await reader.ReadAsync(Shop, [.. unscanned.Select(o => o.OrderId)], work, CancellationToken.None);
        foreach (var key in unscanned)
        {
            if (facts.TryGetValue(key.OrderId, out var read))
            {
                await ObserveAsync(read, "re-read before a deadline decision");
            }

            await AskAsync(key, new CheckScan(business.GetUtcNow()), "watch scan");
        }
    }

    private async Task<OrderAnswer> ObserveAsync(MarketplaceOrder facts, string cause)
    {
        var key = new OrderKey(Shop, facts.OrderId);
        return Told(key, await GrainFactory.ShowOrderAsync(merchant, key, facts, business.GetUtcNow(), cause, loop.StoredVersion(key.OrderId)));
    }

    private async Task<OrderAnswer> AskAsync(OrderKey key, OrderCommand command, string cause) =>
        Told(key, await GrainFactory.AskOrderAsync(merchant, key, command, cause, loop.StoredVersion(key.OrderId)));

    private OrderAnswer Told(OrderKey key, OrderAnswer answer)
    {
        if (answer.Result == AskResult.Accepted)
        {
            loop.Progressed(key.OrderId);
        }
        else if (answer.Result == AskResult.Refused)
        {
            LogRefused(key, answer.Reason, answer.Message);
        }

        return answer;
    }

    [LoggerMessage(LogLevel.Information, "Order {Order}: {Reason}: {Message}")]
    private partial void LogRefused(OrderKey order, RefusalReason? reason, string? message);

    [LoggerMessage(LogLevel.Warning, "Order {Order}: package {Package} could not be read back: {Outcome}")]
    private partial void LogPackageUnread(OrderKey order, string package, string outcome);
}
