using Engine.Domain.Labels;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests.KillPoints;

/// <summary>What the first answered purchase call of an order meets. As outcomes: which answer on the wire means which outcome is proven in Engine.TikTok.Tests.</summary>
public enum CallFault
{
    ReplyLostAfterTheEffect,
    ReplyDelayedBeyondTheTimeOut,
    EffectDelayedWithinV,
    Http500,
    Http503,
    InternalError36009003,
    TooManyRequests429,
    ResetBeforeTheEffect,
    TruncatedJson,
    RefusedAsInProgress,
    RefusedAsAlreadyDone,

    /// <summary>Breaks A1: executed after its signature has expired and the next attempt has bought.</summary>
    A1ExecutedAfterTheNextSale,

    /// <summary>Breaks A2: executed at once, shown only after the next attempt has bought.</summary>
    A2HiddenUntilTheNextSale,

    /// <summary>Breaks A3: our request is lost, and somebody else buys the same lines.</summary>
    A3SameLinesBoughtElsewhere,

    /// <summary>Breaks A3: our request is lost, and somebody else buys one of our two lines.</summary>
    A3OneLineBoughtElsewhere,
}

internal static class CallFaults
{
    /// <summary>System time; below the signature window, and with V before the second read-back.</summary>
    private static readonly TimeSpan EffectDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>The call is executed, but after a while.</summary>
    public static bool IsLate(this CallFault fault) => fault is CallFault.EffectDelayedWithinV or CallFault.RefusedAsInProgress;

    /// <summary>Exactly one label is promised only where no assumption of design 2.11 is broken.</summary>
    public static bool BreaksAnAssumption(this CallFault fault) => fault >= CallFault.A1ExecutedAfterTheNextSale;

    public static bool BreaksA3(this CallFault fault) => fault >= CallFault.A3SameLinesBoughtElsewhere;

    public static async Task SellLateAsync(ScriptedMarketplace marketplace, LabelPurchase purchase)
    {
        await Task.Delay(EffectDelay);
        marketplace.Sell(purchase);
    }

    /// <summary>Lets the call meet the fault: its effect, and its answer.</summary>
    public static async Task<CallOutcome<PurchasedLabel>> MeetAsync(this CallFault fault, ScriptedMarketplace marketplace, LabelPurchase purchase)
    {
        switch (fault)
        {
            case CallFault.ReplyLostAfterTheEffect:
                marketplace.Sell(purchase);
                return Unknown("the connection was lost");
            case CallFault.ReplyDelayedBeyondTheTimeOut:
                marketplace.Sell(purchase);
                await Task.Delay(EffectDelay);
                return Unknown("timed out");
            case CallFault.EffectDelayedWithinV:
                _ = SellLateAsync(marketplace, purchase);
                return Unknown("timed out");
            case CallFault.Http500:
                return Unknown("http-500: the platform failed");
            case CallFault.Http503:
                return Unknown("http-503: the platform failed");
            case CallFault.InternalError36009003:
                return Unknown("36009003: internal error");
            case CallFault.TooManyRequests429:
                return new CallOutcome<PurchasedLabel>.RateLimited(TimeProvider.System.GetUtcNow() + EffectDelay);
            case CallFault.ResetBeforeTheEffect:
                return Unknown("connection reset");
            case CallFault.TruncatedJson:
                marketplace.Sell(purchase);
                return Unknown("unreadable-200: the answer cannot be read");
            case CallFault.RefusedAsInProgress:
                _ = SellLateAsync(marketplace, purchase);
                return Rejected(RefusalClass.InProgress);
            case CallFault.RefusedAsAlreadyDone:
                marketplace.Sell(purchase);
                return Rejected(RefusalClass.AlreadyDone);
            case CallFault.A1ExecutedAfterTheNextSale:
                marketplace.AfterNextSaleOf(purchase, () => marketplace.Sell(purchase));
                return Unknown("timed out");
            case CallFault.A2HiddenUntilTheNextSale:
                marketplace.HideUntilTheNextSale(purchase);
                return Unknown("timed out");
            case CallFault.A3SameLinesBoughtElsewhere or CallFault.A3OneLineBoughtElsewhere:
                fault.BuyElsewhere(marketplace, purchase);
                return Unknown("connection reset");
            default:
                throw new InvalidOperationException($"No script for {fault}.");
        }
    }

    public static void HideUntilTheNextSale(this ScriptedMarketplace marketplace, LabelPurchase purchase)
    {
        var hidden = marketplace.SellHidden(purchase);
        marketplace.AfterNextSaleOf(purchase, () => marketplace.Show(hidden));
    }

    /// <summary>Somebody else buys what an assumption says that nobody does.</summary>
    public static void BuyElsewhere(this CallFault fault, ScriptedMarketplace marketplace, LabelPurchase purchase) =>
        marketplace.SellElsewhere(fault == CallFault.A3OneLineBoughtElsewhere ? purchase with { LineIds = [purchase.LineIds[0]] } : purchase);

    private static CallOutcome<PurchasedLabel> Unknown(string reason) => new CallOutcome<PurchasedLabel>.Unknown(reason);

    private static CallOutcome<PurchasedLabel> Rejected(RefusalClass refusal) =>
        new CallOutcome<PurchasedLabel>.Rejected("fulfillment", "1", refusal, "no", null);
}
