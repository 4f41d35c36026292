using System.Globalization;
using Engine.Sandbox.Clock;
using Engine.Sandbox.Orders;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Cancellations;

public enum BuyerCancelOutcome
{
    CancelledAtOnce,
    Requested,
    AlreadyRequested,
    TooLate,
}

/// <summary>Who may cancel what and when in the US (tiktok-shop-api.md 10.4).</summary>
public sealed class CancellationDesk(Marketplace market)
{
    private const long AnswerMs = 24 * 3_600_000;
    private const string BuyerReason = "ecom_order_to_ship_canceled_reason_created_by_mistakes";

    /// <summary>On hold: at once. Before the dispatch deadline: a request that the seller has 24 h to answer, silence being consent.
    /// Later, before the first scan: approved at once. After it: refused.</summary>
    public BuyerCancelOutcome BuyerCancels(Order order, long atMs)
    {
        lock (order.Shop.Gate)
        {
            if (order.PendingCancel is not null || order.Status == OrderStatus.Cancelled)
            {
                return BuyerCancelOutcome.AlreadyRequested;
            }

            switch (order.Status)
            {
                case OrderStatus.OnHold:
                    Finish(Open(order, "CANCEL", "BUYER", BuyerReason, atMs), atMs);
                    return BuyerCancelOutcome.CancelledAtOnce;
                case OrderStatus.AwaitingShipment or OrderStatus.PartiallyShipping or OrderStatus.AwaitingCollection:
                    order.RequestCancelTime = atMs / 1000;
                    var request = Open(order, "BUYER_CANCEL", "BUYER", BuyerReason, atMs);
                    if (order.Deadlines.TtsSla > 0 && atMs / 1000 > order.Deadlines.TtsSla)
                    {
                        Finish(request, atMs);
                        return BuyerCancelOutcome.CancelledAtOnce;
                    }

                    order.PendingCancel = request;
                    request.DeadlineSeconds = (atMs + AnswerMs) / 1000;
                    request.AutoApproval = market.Events.Schedule(atMs + AnswerMs, at => Approve(request, at));
                    market.Lifecycle.Touch(order, atMs);
                    Tell(request);
                    return BuyerCancelOutcome.Requested;
                default:
                    return BuyerCancelOutcome.TooLate;
            }
        }
    }

    public void SystemCancels(Order order, string reason, long atMs)
    {
        if (order.Status != OrderStatus.Cancelled)
        {
            order.PendingCancel?.AutoApproval?.Cancel();
            order.PendingCancel = null;
            Finish(Open(order, "CANCEL", "SYSTEM", reason, atMs), atMs);
        }
    }

    /// <summary>Inside the shop's lock.</summary>
    public Cancellation SellerCancels(Order order, string reason, long atMs)
    {
        order.PendingCancel?.AutoApproval?.Cancel();
        order.PendingCancel = null;
        var cancellation = Open(order, "CANCEL", "SELLER", reason, atMs);
        Finish(cancellation, atMs);
        return cancellation;
    }

    /// <returns>False: the request is no longer pending.</returns>
    public bool Approve(Cancellation request, long atMs)
    {
        lock (request.Order.Shop.Gate)
        {
            if (request.Status != Cancellation.Pending)
            {
                return false;
            }

            Finish(request, atMs);
            return true;
        }
    }

    /// <returns>False: the request is no longer pending.</returns>
    public bool Reject(Cancellation request, long atMs)
    {
        lock (request.Order.Shop.Gate)
        {
            if (request.Status != Cancellation.Pending)
            {
                return false;
            }

            Close(request, atMs);
            return true;
        }
    }

    /// <summary>Shipping rejects a pending request by itself (US, since 2024-03-31). Inside the shop's lock.</summary>
    public void CloseByShipment(Order order, long atMs)
    {
        if (order.PendingCancel is { } request)
        {
            Close(request, atMs);
        }
    }

    private void Close(Cancellation request, long atMs)
    {
        request.AutoApproval?.Cancel();
        request.Status = Cancellation.Closed;
        request.RejectedBySeller = true;
        request.Order.PendingCancel = null;
        Touch(request, atMs, first: false);
        market.Lifecycle.Touch(request.Order, atMs);
        Tell(request);
    }

    private Cancellation Open(Order order, string type, string role, string reason, long atMs)
    {
        var number = order.Shop.NextSequence().ToString(CultureInfo.InvariantCulture);
        var cancellation = new Cancellation(market.Draw.Id("4035", 19, order.Id, "cancel/" + role + number), order, type, role, reason) { CreateTime = atMs / 1000 };
        market.Cancellations[cancellation.Id] = cancellation;
        Touch(cancellation, atMs, first: true);
        order.Shop.CancellationsByCreation.Add(cancellation.CreateTime, cancellation.IndexedSequence, cancellation);
        return cancellation;
    }

    private void Finish(Cancellation cancellation, long atMs)
    {
        var order = cancellation.Order;
        cancellation.AutoApproval?.Cancel();
        cancellation.Status = Cancellation.Success;
        if (ReferenceEquals(order.PendingCancel, cancellation))
        {
            order.PendingCancel = null;
        }

        Touch(cancellation, atMs, first: false);
        market.Lifecycle.CancelOrder(order, cancellation.Role, cancellation.Reason, atMs);
        Tell(cancellation);
    }

    private static void Touch(Cancellation cancellation, long atMs, bool first)
    {
        var shop = cancellation.Order.Shop;
        cancellation.UpdateTime = Math.Max(cancellation.UpdateTime, atMs / 1000);
        cancellation.IndexedSequence = shop.NextSequence();
        shop.CancellationsByUpdate.Add(cancellation.UpdateTime, cancellation.IndexedSequence, cancellation, moved: !first);
    }

    private void Tell(Cancellation cancellation) =>
        market.Notify(cancellation.Order.Shop, WebhookBodies.CancellationStatusChange, 11, cancellation.Order.Id, json =>
        {
            json.WriteString("order_id"u8, cancellation.Order.Id);
            json.WriteString("cancel_id"u8, cancellation.Id);
            json.WriteString("cancellations_role"u8, cancellation.Role);
            json.WriteString("cancel_status"u8, cancellation.Status);
            json.WriteNumber("create_time"u8, cancellation.CreateTime);
        });
}
