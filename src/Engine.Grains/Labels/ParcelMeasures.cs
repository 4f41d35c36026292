using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Grains.Budgets;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Grains.Labels;

/// <summary>Weight and size of one unit of each line: the SKU's parcel profile, else the shop's default, else what the product says.</summary>
public sealed class ParcelMeasures(
    IParcelProfiles profiles, IMarketplace marketplace, CallBudget budget, [FromKeyedServices(Clocks.System)] TimeProvider system)
{
    /// <summary>System time for which an answer is taken again without asking.</summary>
    private static readonly TimeSpan ProfilesKeptFor = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProductsKeptFor = TimeSpan.FromMinutes(30);
    private const int KeptMax = 200_000;

    private readonly ConcurrentDictionary<(MerchantId Merchant, string Sku), (ParcelMeasure? Measure, DateTimeOffset At)> bySku = new();
    private readonly ConcurrentDictionary<(ShopId Shop, string SkuId), (ParcelMeasure? Measure, DateTimeOffset At)> byProduct = new();

    /// <summary>Questions under way: a host that has just started meets hundreds of orders with the same few products.</summary>
    private readonly ConcurrentDictionary<(ShopId Shop, string SkuId), Lazy<Task<(bool Asked, ParcelMeasure? Measure)>>> asking = new();

    /// <summary>By line id; a line without any known measure is missing. Null when the marketplace could not be asked just now.</summary>
    public async ValueTask<ImmutableDictionary<string, ParcelMeasure>?> FindAsync(
        MerchantId merchant, ShopId shop, ImmutableArray<OrderLine> lines, HostActivity.Activity activity, CancellationToken ct)
    {
        var shopDefault = $"shop:{shop}";
        await LoadProfilesAsync(merchant, [.. lines.Select(l => l.SellerSku).OfType<string>().Where(s => s.Length > 0), shopDefault], ct);
        var found = ImmutableDictionary.CreateBuilder<string, ParcelMeasure>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var measure = (line.SellerSku is { } sku ? Profile(merchant, sku) : null) ?? Profile(merchant, shopDefault);
            if (measure is null)
            {
                var (asked, ofProduct) = await ProductAsync(shop, line, activity, ct);
                if (!asked)
                {
                    return null;
                }

                measure = ofProduct;
            }

            if (measure is not null)
            {
                found[line.LineId] = measure;
            }
        }

        return found.ToImmutable();
    }

    private ParcelMeasure? Profile(MerchantId merchant, string sku) => bySku.TryGetValue((merchant, sku), out var kept) ? kept.Measure : null;

    private async ValueTask LoadProfilesAsync(MerchantId merchant, ImmutableArray<string> skus, CancellationToken ct)
    {
        var now = system.GetUtcNow();
        var stale = skus.Where(s => !bySku.TryGetValue((merchant, s), out var kept) || now - kept.At > ProfilesKeptFor).Distinct(StringComparer.Ordinal).ToImmutableArray();
        if (stale.IsEmpty)
        {
            return;
        }

        var loaded = await profiles.FindAsync(merchant, stale, ct);
        if (bySku.Count > KeptMax)
        {
            bySku.Clear();
        }

        foreach (var sku in stale)
        {
            bySku[(merchant, sku)] = (loaded.GetValueOrDefault(sku), now);
        }
    }

    private async ValueTask<(bool Asked, ParcelMeasure? Measure)> ProductAsync(ShopId shop, OrderLine line, HostActivity.Activity activity, CancellationToken ct)
    {
        var key = (shop, line.SkuId);
        if (byProduct.TryGetValue(key, out var kept) && system.GetUtcNow() - kept.At < ProductsKeptFor)
        {
            return (true, kept.Measure);
        }

        var own = new Lazy<Task<(bool Asked, ParcelMeasure? Measure)>>(() => AskProductAsync(shop, line, activity, ct));
        var question = asking.GetOrAdd(key, own);
        if (question == own)
        {
            try
            {
                return await own.Value;
            }
            finally
            {
                asking.TryRemove(key, out _);
            }
        }

        // Somebody asks already: answered alike. Who asks counts as at work; who waits for it does not, for the clock may have to move before it can ask.
        activity.Pause();
        try
        {
            return await question.Value;
        }
        finally
        {
            activity.Resume();
        }
    }

    private async Task<(bool Asked, ParcelMeasure? Measure)> AskProductAsync(ShopId shop, OrderLine line, HostActivity.Activity activity, CancellationToken ct)
    {
        var outcome = await budget.AskAsync(
            shop, MarketplaceApi.ReadProduct, activity, () => marketplace.ReadProductMeasureAsync(shop, line.ProductId, line.SkuId, ct));
        if (byProduct.Count > KeptMax)
        {
            byProduct.Clear();
        }

        switch (outcome)
        {
            case CallOutcome<ParcelMeasure?>.Succeeded { Value: var measure }:
                byProduct[(shop, line.SkuId)] = (measure, system.GetUtcNow());
                return (true, measure);
            case CallOutcome<ParcelMeasure?>.Rejected { Class: RefusalClass.FixData or RefusalClass.StateConflict or RefusalClass.Unlisted }:
                // The product is gone or odd: it states no measure, and a person will be asked for one.
                return (true, null);
            default:
                return (false, null);
        }
    }
}
