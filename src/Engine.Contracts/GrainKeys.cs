using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;
using Orleans;

namespace Engine.Contracts;

/// <summary>Grain keys are built and split here and nowhere else.</summary>
public static class GrainKeys
{
    public static IOrderGrain Order(this IGrainFactory grains, OrderKey order) => grains.GetGrain<IOrderGrain>(order.ToString());

    public static IShopGrain Shop(this IGrainFactory grains, ShopId shop) => grains.GetGrain<IShopGrain>(shop.Value);

    public static IOrderIntakeGrain Intake(this IGrainFactory grains, ShopId shop) => grains.GetGrain<IOrderIntakeGrain>(shop.Value);

    public static ILabelDeskGrain LabelDesk(this IGrainFactory grains, ShopId shop) => grains.GetGrain<ILabelDeskGrain>(shop.Value);

    public static ICancelDeskGrain CancelDesk(this IGrainFactory grains, ShopId shop) => grains.GetGrain<ICancelDeskGrain>(shop.Value);

    public static IDocumentDeskGrain DocumentDesk(this IGrainFactory grains, ShopId shop) => grains.GetGrain<IDocumentDeskGrain>(shop.Value);

    public static Task PingAsync(this IGrainFactory grains, Desk desk, ShopId shop) => desk switch
    {
        Desk.Labels => grains.LabelDesk(shop).PingAsync(),
        Desk.Documents => grains.DocumentDesk(shop).PingAsync(),
        Desk.Cancellations => grains.CancelDesk(shop).PingAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(desk), desk, null),
    };

    public static ILateDispatchGrain LateDispatch(this IGrainFactory grains, ShopId shop) => grains.GetGrain<ILateDispatchGrain>(shop.Value);

    public static IQualityAuditGrain QualityAudit(this IGrainFactory grains, ShopId shop) => grains.GetGrain<IQualityAuditGrain>(shop.Value);

    public static IJournalReaderGrain JournalReader(this IGrainFactory grains, int partition) => grains.GetGrain<IJournalReaderGrain>(partition);

    /// <summary>One budget per (app, shop, API): `app/shop/api`.</summary>
    public static IRateBudgetGrain RateBudget(this IGrainFactory grains, string appKey, ShopId shop, MarketplaceApi api) =>
        grains.GetGrain<IRateBudgetGrain>($"{appKey}/{shop.Value}/{api}");

    public static MarketplaceApi ApiOfBudget(string key) => Enum.Parse<MarketplaceApi>(key[(key.LastIndexOf('/') + 1)..]);
}
