namespace Engine.Sandbox.Orders;

/// <summary>Order states as they are spelled on the wire (tiktok-shop-api.md 6.4). Unpaid orders do not occur here: buyers pay when they order.</summary>
public static class OrderStatus
{
    public const string OnHold = "ON_HOLD";
    public const string AwaitingShipment = "AWAITING_SHIPMENT";
    public const string PartiallyShipping = "PARTIALLY_SHIPPING";
    public const string AwaitingCollection = "AWAITING_COLLECTION";
    public const string InTransit = "IN_TRANSIT";
    public const string Delivered = "DELIVERED";
    public const string Completed = "COMPLETED";
    public const string Cancelled = "CANCELLED";

    public static readonly string[] All =
        ["UNPAID", OnHold, AwaitingShipment, PartiallyShipping, AwaitingCollection, InTransit, Delivered, Completed, Cancelled];

    /// <summary>The webhook of type 1 spells one state differently (6.4).</summary>
    public static string InWebhook(string status) => status == Cancelled ? "CANCEL" : status;
}

public static class PackageStatus
{
    public const string Processing = "PROCESSING";
    public const string Fulfilling = "FULFILLING";
    public const string Completed = "COMPLETED";
    public const string Cancelled = "CANCELLED";

    public static readonly string[] All = [Processing, Fulfilling, Completed, Cancelled];
}
