using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Quality;
using Engine.Domain.Work;
using Engine.Grains.Budgets;
using Engine.Grains.Shops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Engine.Grains.Quality;

/// <summary>A shop's orders held against the marketplace's incident rules: those whose moment has come, those with an open incident that moved, those that are missing.</summary>
/// <remarks>Reads only what is due by index; the rules are in <see cref="QualityRules"/>. Runs on stored facts: the marketplace need not answer.</remarks>
[Reentrant]
internal sealed partial class QualityAuditGrain(
    IQualityStore store,
    IWorkQueue queue,
    IOrderJournal journal,
    IShopRegistry registry,
    IQualityExchange exchange,
    CallBudget budget,
    ShopMerchants merchants,
    HostActivity host,
    EngineInstruments instruments,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<QualityAuditGrain> log) : Grain, IQualityAuditGrain
{
    private const int BatchMax = 500;

    private MerchantId merchant;
    private Task? running;
    private long lastRun;

    private ShopId Shop => new(this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        merchant = await merchants.OfAsync(Shop, cancellationToken);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        instruments.Quality(Shop, null);
        return Task.CompletedTask;
    }

    public Task PingAsync()
    {
        if (running is null && (lastRun == 0 || system.GetElapsedTime(lastRun) >= options.Value.AuditEvery))
        {
            _ = TryAuditAsync();
        }

        return Task.CompletedTask;
    }

    public async Task AuditAsync()
    {
        // One that runs already may have passed what the caller means.
        while (running is { } other)
        {
            await Task.WhenAny(other);
        }

        await RunAsync();
    }

    private async Task TryAuditAsync()
    {
        try
        {
            await RunAsync();
        }
        catch (Exception e)
        {
            instruments.DeskFailed("audit");
            LogFailed(Shop, e);
        }
    }

    private async Task RunAsync()
    {
        lastRun = system.GetTimestamp();
        using var work = host.Begin();
        var run = AuditAsync(work);
        running = run;
        try
        {
            await run;
        }
        finally
        {
            running = null;
        }
    }

    private async Task AuditAsync(HostActivity.Activity work)
    {
        await MissingAsync();
        ImmutableArray<DueWork> due;
        do
        {
            var now = business.GetUtcNow();
            due = await queue.LoadAsync(Shop, [WorkKind.Audit], now, now, BatchMax, CancellationToken.None);
            await ExamineAsync([.. due.Select(d => d.Order.OrderId)]);
        }
        while (due.Length >= BatchMax);

        ImmutableArray<string> moved;
        do
        {
            moved = await store.MovedAsync(Shop, BatchMax, CancellationToken.None);
            await ExamineAsync(moved);
        }
        while (moved.Length == BatchMax);

        instruments.Quality(Shop, await store.CountAsync(Shop, business.GetUtcNow(), CancellationToken.None));
        if (options.Value.QualityExchangeChannel is { } channel)
        {
            await ReportAsync(channel, work);
        }
    }

    private async Task ExamineAsync(ImmutableArray<string> orderIds)
    {
        if (orderIds.IsEmpty)
        {
            return;
        }

        var loaded = await Task.WhenAll(orderIds.Select(id => journal.LoadAsync(new OrderKey(Shop, id), CancellationToken.None).AsTask()));
        var now = business.GetUtcNow();
        await RecordAsync(now, [.. loaded.OfType<LoadedOrder>().Select(l => Examine(l.State.Key.OrderId, l.State.Version, QualityFacts.Of(l.State), now))]);
    }

    /// <summary>Orders that could not be stored; those stored since are looked at once more, so that their incidents close.</summary>
    private async Task MissingAsync()
    {
        var found = new List<string>();
        var missing = await store.MissingAsync(Shop, BatchMax, found, CancellationToken.None);
        await ExamineAsync([.. found]);
        if (missing.IsEmpty)
        {
            return;
        }

        var now = business.GetUtcNow();
        var consentEnded = (await registry.ListAsync(CancellationToken.None)).Any(s => s.Shop == Shop && !s.Active);
        await RecordAsync(now, [.. missing.Select(m => Examine(m.OrderId, 0, QualityFacts.Of(consentEnded ? m with { Cause = MissingCause.ConsentEnded } : m), now))]);
    }

    private async Task RecordAsync(DateTimeOffset now, ImmutableArray<Examination> examined)
    {
        foreach (var (rule, reason) in await store.RecordAsync(merchant, Shop, now, examined, CancellationToken.None))
        {
            instruments.IncidentOpened(rule, reason);
            LogOpened(Shop, rule, reason);
        }
    }

    private static Examination Examine(string orderId, int version, QualityFacts facts, DateTimeOffset now) => new(
        orderId,
        version,
        facts.Status,
        [.. QualityRules.Broken(facts, now).Select(rule => (rule, QualityReasons.Of(rule, facts)))],
        QualityRules.LookAfter(facts, now));

    /// <summary>Tells the platform's exchange what it was not told yet, inside its budget. What it refuses is not repeated: the list is closed.</summary>
    private async Task ReportAsync(string channel, HostActivity.Activity work)
    {
        var unreported = await store.UnreportedAsync(Shop, IQualityExchange.OrdersMax, CancellationToken.None);
        if (unreported.IsEmpty)
        {
            return;
        }

        var reports = ImmutableArray.CreateBuilder<QualityReport>();
        foreach (var order in unreported.GroupBy(i => i.Order))
        {
            var state = (await journal.LoadAsync(order.Key, CancellationToken.None))?.State;
            reports.Add(new QualityReport(
                order.Key.OrderId,
                state?.Status,
                state?.ChangedAt ?? order.Max(i => i.OpenedAt),
                [.. (state?.Parcels ?? []).Where(p => p.TrackingNumber is not null).Select(p => new QualityPackage(p.PackageId, p.TrackingNumber, p.CarrierName))],
                order.Where(i => i.ClosedAt is null).Select(i => i.Reason).FirstOrDefault()));
        }

        var orders = reports.ToImmutable();
        var outcome = await budget.AskAsync(
            Shop, MarketplaceApi.QualityExchange, work, () => exchange.ReportAsync(Shop, channel, orders, CancellationToken.None));
        if (outcome is CallOutcome<ImmutableArray<QualityRefusal>>.Succeeded { Value: var refused })
        {
            await store.ReportedAsync(unreported, business.GetUtcNow(), CancellationToken.None);
            if (!refused.IsEmpty)
            {
                LogRefused(Shop, refused.Length, refused[0].OrderId, refused[0].Code);
            }
        }
        else
        {
            LogNotReported(Shop, outcome.Describe());
        }
    }

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: the app-quality audit failed; it runs again within seconds")]
    private partial void LogFailed(ShopId shop, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: incident {Rule} opened, reason {Reason}")]
    private partial void LogOpened(ShopId shop, QualityRule rule, string reason);

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: the quality exchange refused {Count} orders, first {Order} with {Code}")]
    private partial void LogRefused(ShopId shop, int count, string order, string code);

    [LoggerMessage(LogLevel.Warning, "Shop {Shop}: the quality exchange was not told: {Outcome}")]
    private partial void LogNotReported(ShopId shop, string outcome);
}
