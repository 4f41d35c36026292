using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Engine.Grains.Budgets;
using Engine.Grains.Labels;
using Engine.Grains.Orders;
using Engine.Grains.Shops;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Documents;

/// <summary>Brings label files into the vault as soon as they exist: their link dies after a day, and after the pick-up they are gone.</summary>
internal sealed partial class DocumentDeskGrain(
    IWorkQueue queue,
    IMarketplace marketplace,
    ILabelVault vault,
    ShopMerchants merchants,
    CallBudget budget,
    OrderReader reader,
    HostActivity host,
    HostWakes wakes,
    EngineInstruments instruments,
    IPausePoints points,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<DocumentDeskGrain> log) : Grain, IDocumentDeskGrain
{
    private static readonly ImmutableArray<WorkKind> Kinds = DeskRules.KindsOf(Desk.Documents);

    private readonly Dictionary<string, int> polls = new(StringComparer.Ordinal);
    private DeskLoop loop = null!;
    private MerchantId merchant;

    private ShopId Shop => new(this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        merchant = await merchants.OfAsync(Shop, cancellationToken);
        loop = new DeskLoop(
            "document", host, instruments, system, log, LoadDueAsync, HandleAsync, options.Value.DocumentsInFlightMax, 1, options.Value.DeskLoadSpacing, options.Value.DeskReloadEvery);
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
        return await queue.LoadAsync(Shop, Kinds, now, now, max, CancellationToken.None);
    }

    private async Task HandleAsync(IReadOnlyList<DueWork> chunk, HostActivity.Activity work)
    {
        foreach (var due in chunk)
        {
            if ((await GrainFactory.Order(due.Order).GetAsync(due.Version)).Value is { } order)
            {
                var lacking = order.Parcels.Where(p => p.Status is ParcelStatus.Purchased or ParcelStatus.Adopted && p.LabelKey is null).ToList();
                if (lacking.Count == 0)
                {
                    // Fetched since the row was loaded.
                    loop.Progressed(due.Order.OrderId);
                }

                foreach (var parcel in lacking)
                {
                    await FetchAsync(due.Order, parcel, work);
                }
            }
        }
    }

    private async Task FetchAsync(OrderKey key, Parcel parcel, HostActivity.Activity work)
    {
        await points.ReachAsync(KillPoint.BeforeDocument, key);
        var asked = await budget.AskAsync(
            Shop, MarketplaceApi.ShippingDocument, work, () => marketplace.GetLabelDocumentAsync(Shop, parcel.PackageId!, CancellationToken.None));
        if (asked is not CallOutcome<LabelDocument>.Succeeded { Value: var document })
        {
            if (asked is CallOutcome<LabelDocument>.Rejected { Class: RefusalClass.StateConflict })
            {
                await LookAgainAsync(key, work);
            }

            NotYet(key, parcel, asked);
            return;
        }

        var downloaded = await marketplace.DownloadLabelAsync(document.Url, CancellationToken.None);
        if (downloaded is not CallOutcome<byte[]>.Succeeded { Value: var content })
        {
            LogNotFetched(key, parcel.Id, downloaded.Describe());
            return;
        }

        var labelKey = await vault.StoreAsync(merchant, Shop, parcel.Id, content, CancellationToken.None);
        await points.ReachAsync(KillPoint.DocumentKept, key);
        var answer = await GrainFactory.AskOrderAsync(
            merchant, key, new RecordLabelFile(parcel.Id, labelKey, document.TrackingNumber, business.GetUtcNow()), "label file", loop.StoredVersion(key.OrderId));
        if (answer.Result is AskResult.Accepted or AskResult.AlreadyDone)
        {
            polls.Remove(key.OrderId);
            loop.Progressed(key.OrderId);
        }
    }

    /// <summary>Our picture is stale (picked up already, say): what the order's detail shows ends the work, or the desk tries again later.</summary>
    private async Task LookAgainAsync(OrderKey key, HostActivity.Activity work)
    {
        var read = await reader.ReadAsync(Shop, [key.OrderId], work, CancellationToken.None);
        if (!read.TryGetValue(key.OrderId, out var facts))
        {
            return;
        }

        var answer = (await GrainFactory.Order(key).AskAsync(new OrderQuestion(
            merchant,
            new ObserveOrder(facts, business.GetUtcNow(), null),
            new Causation("platform", Guid.NewGuid(), "label file refused"),
            facts.Document,
            facts.Recipient,
            StoredVersion: loop.StoredVersion(key.OrderId)))).Value;
        if (answer.Result == AskResult.Accepted)
        {
            loop.Progressed(key.OrderId);
        }
    }

    /// <summary>The carrier is still producing it (or the platform is out of breath): ask again later.</summary>
    private void NotYet<T>(OrderKey key, Parcel parcel, CallOutcome<T> outcome)
    {
        if (outcome is not CallOutcome<T>.Rejected { Class: RefusalClass.InProgress })
        {
            LogNotFetched(key, parcel.Id, outcome.Describe());
            return;
        }

        var times = polls[key.OrderId] = polls.GetValueOrDefault(key.OrderId) + 1;
        var wait = RetryRules.AfterDocumentNotReady(times);
        var who = $"document/{key}";
        wakes.Set(who, business.GetUtcNow() + wait);
        loop.WaitFor(key.OrderId, WaitAsync());

        async Task WaitAsync()
        {
            await Task.Delay(wait, business);
            wakes.Set(who, null);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Order {Order}: label of parcel {Parcel} not fetched: {Outcome}")]
    private partial void LogNotFetched(OrderKey order, ParcelId parcel, string outcome);
}
