using Engine.Domain.Orders;

namespace Engine.TikTok.Translation;

/// <summary>The platform's words for an order's, a line's and a package's state. Words of one kind that this version does not know stay unrecognised.</summary>
internal static class OrderWords
{
    public static MarketplaceStatus Status(string? word) => word switch
    {
        "UNPAID" => MarketplaceStatus.Unpaid,
        "ON_HOLD" => MarketplaceStatus.OnHold,
        "AWAITING_SHIPMENT" => MarketplaceStatus.AwaitingShipment,
        "PARTIALLY_SHIPPING" => MarketplaceStatus.PartiallyShipping,
        "AWAITING_COLLECTION" => MarketplaceStatus.AwaitingCollection,
        "IN_TRANSIT" => MarketplaceStatus.InTransit,
        "DELIVERED" => MarketplaceStatus.Delivered,
        "COMPLETED" => MarketplaceStatus.Completed,

        // The notification of type 1 spells it differently from the order.
        "CANCELLED" or "CANCEL" => MarketplaceStatus.Cancelled,
        _ => MarketplaceStatus.Unrecognised,
    };

    public static bool IsCancelledPackage(string? word) => word is "CANCELLED" or "CANCEL";
}
