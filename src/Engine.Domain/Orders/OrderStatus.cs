namespace Engine.Domain.Orders;

/// <summary>The engine's own life cycle of an order; drawn in README.md. Stored as its number: never renumber.</summary>
public enum OrderStatus
{
    /// <summary>Placed, not paid. Marketplace: UNPAID.</summary>
    Unpaid = 0,

    /// <summary>Paid, inside the remorse hour: no address, nothing may ship. Marketplace: ON_HOLD.</summary>
    OnHold = 10,

    /// <summary>Released; warehouse and parcels are being decided.</summary>
    Allocating = 20,

    /// <summary>Seller-shipped: waits for a tracking number of the seller's own carrier.</summary>
    NeedsTracking = 25,

    /// <summary>Parcels are planned; a label is to be bought (or a tracking number to be sent) for at least one.</summary>
    AwaitingLabel = 30,

    /// <summary>The buyer has asked to cancel and nothing was bought yet: waits for the request to be settled.</summary>
    CancelRequested = 35,

    /// <summary>An intent to buy is recorded and its outcome is not.</summary>
    Purchasing = 40,

    /// <summary>A purchase may or may not have happened: is read back before anything else.</summary>
    LabelUnknown = 45,

    /// <summary>Every parcel has its label; no carrier scan yet. Marketplace: AWAITING_COLLECTION.</summary>
    AwaitingCollection = 50,

    /// <summary>First carrier scan seen: dispatched. Marketplace: IN_TRANSIT.</summary>
    InTransit = 60,

    Delivered = 70,

    /// <summary>Final.</summary>
    Completed = 80,

    /// <summary>Final.</summary>
    Cancelled = 90,

    /// <summary>The marketplace fulfils this order itself (FBT): only watched, never shipped by us.</summary>
    PlatformFulfilled = 95,

    /// <summary>Stands before a person, with a reason; nothing happens by itself.</summary>
    Parked = 99,
}

public static class OrderStatusRules
{
    /// <summary>No further change is expected; the order may move to history.</summary>
    public static bool IsFinal(this OrderStatus status) => status is OrderStatus.Completed or OrderStatus.Cancelled;
}
