using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.LoadTests.Limits;

/// <summary>The five steps that every contender makes durable: received (with its 1.3 KB document), released, cancellation asked for and withdrawn, scanned.</summary>
/// <remarks>Decided beforehand, once: what is measured is the writing. One event a step; the hot row changes in each.</remarks>
public static class OrderLife
{
    public const int Steps = 5;

    /// <summary>Shops of the run; more than lanes, so that both are used alike.</summary>
    public const int Shops = 16;

    public static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    /// <summary>What a marketplace sends for one order, without the recipient.</summary>
    public static readonly byte[] Document = Encoding.UTF8.GetBytes(
        $$"""{"id":"576461413038785752","status":"AWAITING_SHIPMENT","payment":{"currency":"USD","total_amount":"29.98"},"line_items":[{"id":"577086512123755123","product_name":"{{new string('x', 600)}}","sku_id":"2729382476852921560"}],"note":"{{new string('y', 500)}}"}""");

    private static readonly ShopId[] ShopIds = [.. Enumerable.Range(0, Shops).Select(i => new ShopId($"shop-{i:00}"))];
    private static readonly MerchantId Merchant = new("load");

    private static readonly ImmutableArray<OrderEvent>[] Events =
    [
        [
            new OrderReceived(
                OrderStatus.OnHold, MarketplaceStatus.OnHold, Start, Start, Fulfiller.Seller, ShippingMode.PlatformLabel,
                new OrderDeadlines(Start.AddDays(1), Start.AddDays(2), Start.AddDays(3), Start.AddDays(4)), false, "wh-1", null,
                [new OrderLine("577086512123755123", "2729382476852921560", "sku-1", "1729382476852921560", 1, false, null)]),
        ],
        [new OrderReleased(Start.AddHours(1))],
        [new CancellationRequested(Start.AddHours(2))],
        [new CancellationWithdrawn(Start.AddHours(3))],
        [new CarrierScanned(Start.AddHours(4), ScanSource.Platform, Start.AddDays(2), false, "load", Fulfiller.Seller)],
    ];

    private static readonly OrderState[] After = FoldAll();

    private static readonly ImmutableArray<WorkItem>[] Work =
    [
        [new WorkItem(WorkKind.Reread, Start.AddHours(6), null)],
        [new WorkItem(WorkKind.Allocate, Start.AddHours(1), Start.AddDays(1)), new WorkItem(WorkKind.Reread, Start.AddHours(7), null)],
        [new WorkItem(WorkKind.SettleCancellation, Start.AddHours(2), Start.AddDays(1)), new WorkItem(WorkKind.Reread, Start.AddHours(8), null)],
        [new WorkItem(WorkKind.Allocate, Start.AddHours(3), Start.AddDays(1)), new WorkItem(WorkKind.Reread, Start.AddHours(9), null)],
        [],
    ];

    public static OrderKey KeyOf(long life) =>
        new(ShopIds[life % Shops], (576461413038785752L + life).ToString(CultureInfo.InvariantCulture));

    /// <summary>The state after step 0 to 4, for the given order.</summary>
    public static OrderState StateOf(OrderKey key, int step) => After[step] with { Key = key };

    /// <summary>Step 0 to 4 as a unit for the journal.</summary>
    public static AppendUnit UnitOf(OrderKey key, int step) => new()
    {
        Orders =
        [
            new OrderAppend
            {
                ExpectedVersion = step,
                After = StateOf(key, step),
                Events = Events[step],
                Work = Work[step],
                Document = step == 0 ? Document : default,
            },
        ],
        Causation = new Causation("system", Guid.NewGuid(), "load"),
        At = Start.AddHours(step),
    };

    /// <summary>The event of step 0 to 4 as the journal stores it.</summary>
    public static byte[] EventBodyOf(int step) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Events[step][0], Events[step][0].GetType());

    public static string EventTextOf(int step) => Encoding.UTF8.GetString(EventBodyOf(step));

    private static OrderState[] FoldAll()
    {
        var states = new OrderState[Steps];
        var state = OrderState.Empty(new OrderKey(ShopIds[0], "0"), Merchant);
        for (var step = 0; step < Steps; step++)
        {
            state = OrderFold.Evolve(state, Events[step], Start.AddHours(step));
            states[step] = state;
        }

        return states;
    }
}
