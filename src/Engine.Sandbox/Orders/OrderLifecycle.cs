using System.Globalization;
using Engine.Sandbox.Cancellations;
using Engine.Sandbox.Control;
using Engine.Sandbox.Fulfillment;
using Engine.Sandbox.Ledger;
using Engine.Sandbox.Shops;
using Engine.Sandbox.Webhooks;

namespace Engine.Sandbox.Orders;

/// <summary>What is to be ordered.</summary>
/// <param name="HoldMs">Business time from payment to AWAITING_SHIPMENT.</param>
public sealed record OrderPlan(string Key, IReadOnlyList<Sku> Units, bool IsFbt, string ShippingType, long HoldMs, Buyer? Buyer = null, Deadlines? Deadlines = null,
    CarrierScript? Script = null, string? Unfinishable = null, long? CancelAfterMs = null, bool WasPlanned = false);

/// <summary>
/// Moves orders through their states (tiktok-shop-api.md 6.4). Every change sets update_time, moves the order to the end of the
/// shop's update index, recounts it and tells the shop's webhooks. All of it happens inside the shop's lock.
/// </summary>
public sealed class OrderLifecycle(Marketplace market)
{
    private const long DayMs = 86_400_000;

    public Order Place(Shop shop, OrderPlan plan, long atMs)
    {
        var id = UniqueOrderId(plan.Key);
        var order = new Order(shop, id, market.NextOrderNumber(), plan.Buyer ?? Buyer.Invent(market.Draw, id), plan.IsFbt, plan.ShippingType)
        {
            PlacedAtMs = atMs,
            CreateTime = atMs / 1000,
            GivenDeadlines = plan.Deadlines,
            Script = plan.Script,
            Unfinishable = plan.Unfinishable,
        };
        order.Lines = [.. plan.Units.Select((sku, i) => new LineItem(market.Draw.Id("577", 18, id, "line/" + i.ToString(CultureInfo.InvariantCulture)), sku))];
        lock (shop.Gate)
        {
            market.Orders[id] = order;
            market.Ledger.Orders.Add(order);
            if (plan.Unfinishable is not null)
            {
                market.Tallies.NameUnfinishable();
            }

            shop.OrdersByCreation.Add(order.CreateTime, shop.NextSequence(), order);
            market.Faults.Placed(order);
            // Placed in the past or not: nothing may show up with an update_time that searches have already passed.
            SetStatus(order, OrderStatus.OnHold, Math.Max(atMs, market.Clock.NowMs), first: true);
            market.Tallies.Place(plan.WasPlanned);
            var releaseAt = atMs + plan.HoldMs;
            if (plan.CancelAfterMs is { } cancelAfter)
            {
                market.Events.Schedule(atMs + cancelAfter, at => market.Desk.BuyerCancels(order, at));
            }

            if (plan.HoldMs <= 0)
            {
                ReleaseLocked(order, Math.Max(atMs, market.Clock.NowMs));
            }
            else
            {
                order.Release = market.Events.Schedule(releaseAt, at => Release(order, at));
            }
        }

        return order;
    }

    public void Release(Order order, long atMs)
    {
        lock (order.Shop.Gate)
        {
            ReleaseLocked(order, atMs);
        }
    }

    /// <summary>Sells a label: the package exists from now on; what reads show of it waits for <see cref="Reveal"/>.</summary>
    /// <returns>The number of labels sold through the API in the run; 0 for one that was bought in Seller Center.</returns>
    public long RegisterSale(Package package)
    {
        var before = package.Lines.Select(static l => l.Package).Where(static p => p is { IsLive: true }).Select(static p => p!.Id).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var order in package.Orders)
        {
            order.Purchases++;
        }

        foreach (var line in package.Lines)
        {
            line.Package = package;
        }

        market.Packages[package.Id] = package;
        package.Sale = new LabelSale(package, package.CreatedAtMs, market.Clock.SystemNowPreciseMs, before);
        market.Ledger.Labels.Add(package.Sale);
        return package.BoughtInSellerCenter ? 0 : market.Tallies.SellLabel(before.Length > 0);
    }

    /// <summary>The package becomes visible, its orders move on, the carrier plans its scan. Inside the shop's lock.</summary>
    public void Reveal(Package package, long atMs)
    {
        var shop = package.Shop;
        package.IsVisible = true;
        Touch(package, atMs);
        shop.PackagesByCreation.Add(package.CreateTime, package.IndexedSequence, package);
        foreach (var order in package.Orders)
        {
            order.Packages.Add(package);
            if (order.RtsTime == 0)
            {
                order.RtsTime = package.CreateTime;
            }

            if (package.Orders.Count > 1)
            {
                order.SplitOrCombineTag = "COMBINED";
            }
            else if (package.Lines.Count < order.Lines.Length)
            {
                order.SplitOrCombineTag = "SPLIT";
            }

            if (order.Status is OrderStatus.AwaitingShipment or OrderStatus.PartiallyShipping)
            {
                if (order.IsPacked)
                {
                    SetStatus(order, OrderStatus.AwaitingCollection, atMs);
                    ArmCollectionTimeout(order);
                }
                else
                {
                    SetStatus(order, OrderStatus.PartiallyShipping, atMs);
                }
            }
            else
            {
                Touch(order, atMs);
            }
        }

        if (package.Tag != "DEFAULT")
        {
            TellPackage(package, package.Tag);
        }

        PlanScan(package);
    }

    /// <summary>Webhook of type 4. Inside the shop's lock.</summary>
    public void TellPackage(Package package, string change) =>
        market.Notify(package.Shop, WebhookBodies.PackageUpdate, 4, package.Orders[0].Id, json =>
        {
            json.WriteString("sc_type"u8, change);
            json.WriteString("role_type"u8, "ROLE_SELLER"u8);
            json.WriteStartArray("package_list"u8);
            json.WriteStartObject();
            json.WriteString("package_id"u8, package.Id);
            json.WriteStartArray("order_id_list"u8);
            foreach (var order in package.Orders)
            {
                json.WriteStringValue(order.Id);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteNumber("update_time"u8, package.UpdateTime);
        });

    /// <summary>The carrier reads the parcel's barcode for the first time.</summary>
    public bool Scan(Package package, long atMs)
    {
        lock (package.Shop.Gate)
        {
            if (package.Status != PackageStatus.Processing || !package.IsVisible)
            {
                return false;
            }

            package.Scan?.Cancel();
            package.Status = PackageStatus.Fulfilling;
            Touch(package, atMs);
            if (package.Sale is not null)
            {
                package.Sale.ScannedAtMs = atMs;
            }

            foreach (var order in package.Orders)
            {
                // A line bought twice counts by its newest label; an older label's scan moves the order as well.
                if (order.Status == OrderStatus.AwaitingCollection
                    && order.Lines.All(l => l.Package is { Status: PackageStatus.Fulfilling } || order.Packages.Any(p => p.Status == PackageStatus.Fulfilling && p.Lines.Contains(l))))
                {
                    Collected(order, atMs);
                }
                else
                {
                    Touch(order, atMs);
                }
            }
        }

        return true;
    }

    /// <summary>The buyer corrects the address; possible until shipment is arranged.</summary>
    public bool ChangeAddress(Order order, long atMs)
    {
        lock (order.Shop.Gate)
        {
            if (order.Status is not (OrderStatus.OnHold or OrderStatus.AwaitingShipment))
            {
                return false;
            }

            var key = order.Id + "/address/" + order.UpdateTime.ToString(CultureInfo.InvariantCulture);
            order.Buyer = order.Buyer.MovedTo(Buyer.Invent(market.Draw, key));
            order.AddressWasChanged = true;
            Touch(order, atMs);
            market.Notify(order.Shop, WebhookBodies.RecipientAddressUpdate, 3, order.Id, json =>
            {
                json.WriteString("order_id"u8, order.Id);
                json.WriteNumber("update_time"u8, order.UpdateTime);
            });
            return true;
        }
    }

    /// <summary>Ends an order and its packages. Inside the shop's lock.</summary>
    public void CancelOrder(Order order, string initiator, string reason, long atMs)
    {
        order.Release?.Cancel();
        order.AutoCancel?.Cancel();
        order.CancelInitiator = initiator;
        order.CancelReason = reason;
        order.CancelledAtMs = atMs;
        foreach (var package in order.Packages)
        {
            // A combined parcel goes on for the orders that are left.
            if (package.IsLive && package.Orders.All(o => ReferenceEquals(o, order) || o.Status == OrderStatus.Cancelled))
            {
                package.Status = PackageStatus.Cancelled;
                package.Scan?.Cancel();
                Touch(package, atMs);
            }
        }

        SetStatus(order, OrderStatus.Cancelled, atMs);
    }

    public void Touch(Order order, long atMs, bool first = false)
    {
        order.UpdateTime = Math.Max(order.UpdateTime, atMs / 1000);
        order.IndexedSequence = order.Shop.NextSequence();
        order.Shop.OrdersByUpdate.Add(order.UpdateTime, order.IndexedSequence, order, moved: !first);
    }

    private void Touch(Package package, long atMs)
    {
        var first = package.IndexedSequence == 0;
        package.UpdateTime = Math.Max(package.UpdateTime, atMs / 1000);
        package.IndexedSequence = package.Shop.NextSequence();
        package.Shop.PackagesByUpdate.Add(package.UpdateTime, package.IndexedSequence, package, moved: !first);
    }

    public void Recount(Order order)
    {
        var before = order.Tally == OrderTally.ShippableUnlabelled;
        market.Tallies.Move(order, order.IsFbt ? OrderTally.Fbt : order.Status switch
        {
            OrderStatus.OnHold => OrderTally.OnHold,
            OrderStatus.AwaitingShipment or OrderStatus.PartiallyShipping => OrderTally.ShippableUnlabelled,
            OrderStatus.AwaitingCollection => OrderTally.LabelledUnscanned,
            OrderStatus.Cancelled => OrderTally.Cancelled,
            _ => OrderTally.Scanned,
        });
        var after = order.Tally == OrderTally.ShippableUnlabelled;
        if (before != after)
        {
            var shop = order.Shop;
            shop.ShippableUnlabelled += after ? 1 : -1;
            shop.Limiters.WorkChanged(shop.ShippableUnlabelled > 0, market.Clock.SystemNowPreciseMs);
        }
    }

    private void ReleaseLocked(Order order, long atMs)
    {
        if (order.Status != OrderStatus.OnHold)
        {
            return;
        }

        order.ShippableAtMs = atMs;
        order.ShippableSystemMs = market.Clock.SystemOf(atMs);
        order.Deadlines = order.GivenDeadlines ?? DispatchCalendar.For(atMs);
        SetStatus(order, OrderStatus.AwaitingShipment, atMs);
        market.Faults.Shippable(order, atMs);
        if (order.IsFbt)
        {
            PlanFbt(order, atMs);
        }
        else if (market.AutoCancel && market.Options.AutoCancel && order.Deadlines.ShippingDue > 0)
        {
            order.AutoCancel = market.Events.Schedule((order.Deadlines.ShippingDue * 1000) + 1000, at => TimeOut(order, OrderStatus.AwaitingShipment, at));
        }
    }

    private void ArmCollectionTimeout(Order order)
    {
        order.AutoCancel?.Cancel();
        if (market.AutoCancel && market.Options.AutoCancel && order.Deadlines.CollectionDue > 0)
        {
            order.AutoCancel = market.Events.Schedule((order.Deadlines.CollectionDue * 1000) + 1000, at => TimeOut(order, OrderStatus.AwaitingCollection, at));
        }
    }

    private void TimeOut(Order order, string whileIn, long atMs)
    {
        lock (order.Shop.Gate)
        {
            if (order.Status == whileIn || (whileIn == OrderStatus.AwaitingShipment && order.Status == OrderStatus.PartiallyShipping))
            {
                market.Desk.SystemCancels(order, "system_cancel_order_reason_shipping_timeout", atMs);
            }
        }
    }

    private void PlanScan(Package package)
    {
        var script = package.Orders[0].Script;
        if (script is not null)
        {
            if (script.HandOverAtMs is { } handOver)
            {
                package.Scan = market.Events.Schedule(Math.Max(handOver, market.Clock.NowMs), at => Scan(package, at));
            }

            return;
        }

        if (package.Orders.Any(static o => o.Unfinishable is not null))
        {
            return;
        }

        var lag = market.Draw.Between(package.Orders[0].Id, "scan-lag", market.ScanLagMinMs, market.ScanLagMaxMs);
        package.Scan = market.Events.Schedule(package.CreatedAtMs + lag, at => Scan(package, at));
    }

    private void Collected(Order order, long atMs)
    {
        order.ScannedAtMs = atMs;
        order.AutoCancel?.Cancel();
        market.Desk.CloseByShipment(order, atMs);
        SetStatus(order, OrderStatus.InTransit, atMs);
        if (!order.IsFbt)
        {
            market.Tallies.Dispatch(order.Deadlines.TtsSla > 0 && atMs / 1000 > order.Deadlines.TtsSla);
        }

        if (order.Script is { CancelAfterScan: true })
        {
            market.Events.Schedule(atMs + 3_600_000, at =>
            {
                lock (order.Shop.Gate)
                {
                    market.Desk.SystemCancels(order, "package_lost", at);
                }
            });
        }
        else if (market.Deliver)
        {
            var days = market.Draw.Between(order.Id, "transit-days", 2, 5);
            market.Events.Schedule(atMs + (days * DayMs), at => Deliver(order, at));
        }
    }

    private void Deliver(Order order, long atMs)
    {
        lock (order.Shop.Gate)
        {
            if (order.Status != OrderStatus.InTransit)
            {
                return;
            }

            order.DeliveryTime = atMs / 1000;
            foreach (var package in order.Packages.Where(static p => p.Status == PackageStatus.Fulfilling))
            {
                package.Status = PackageStatus.Completed;
                Touch(package, atMs);
            }

            SetStatus(order, OrderStatus.Delivered, atMs);
            market.Events.Schedule(atMs + (30 * DayMs), at =>
            {
                lock (order.Shop.Gate)
                {
                    if (order.Status == OrderStatus.Delivered)
                    {
                        SetStatus(order, OrderStatus.Completed, at);
                    }
                }
            });
        }
    }

    /// <summary>Orders that TikTok fulfils move on by themselves.</summary>
    private void PlanFbt(Order order, long atMs)
    {
        var packed = atMs + market.Draw.Between(order.Id, "fbt-pack", 1_800_000, 4 * 3_600_000);
        var scanned = packed + market.Draw.Between(order.Id, "fbt-scan", 1_800_000, 6 * 3_600_000);
        market.Events.Schedule(packed, at => Step(order, OrderStatus.AwaitingShipment, OrderStatus.AwaitingCollection, at));
        market.Events.Schedule(scanned, at =>
        {
            lock (order.Shop.Gate)
            {
                if (order.Status == OrderStatus.AwaitingCollection)
                {
                    Collected(order, at);
                }
            }
        });
    }

    private void Step(Order order, string from, string to, long atMs)
    {
        lock (order.Shop.Gate)
        {
            if (order.Status == from)
            {
                SetStatus(order, to, atMs);
            }
        }
    }

    private void SetStatus(Order order, string status, long atMs, bool first = false)
    {
        order.Status = status;
        Touch(order, atMs, first);
        Recount(order);
        market.Notify(order.Shop, WebhookBodies.OrderStatusChange, 1, order.Id, json =>
        {
            json.WriteString("order_id"u8, order.Id);
            json.WriteString("order_status"u8, OrderStatus.InWebhook(status));
            json.WriteBoolean("is_on_hold_order"u8, true);
            json.WriteNumber("update_time"u8, order.UpdateTime);
        });
    }

    private string UniqueOrderId(string key)
    {
        for (var salt = 0; ; salt++)
        {
            var id = market.Draw.Id("576", 18, key, "order/" + salt.ToString(CultureInfo.InvariantCulture));
            if (!market.Orders.ContainsKey(id))
            {
                return id;
            }
        }
    }
}
