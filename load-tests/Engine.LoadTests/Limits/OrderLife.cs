using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engine.Contracts;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.LoadTests.Limits;

/// <summary>The five steps that every contender makes durable: received (with its 1.3 KB document), then parked and resumed twice.</summary>
/// <remarks>One command and one event a step, and the hot row changes in each. Decided once beforehand, except by the grains, which decide every one.</remarks>
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

    private static readonly FulfillmentPolicy Policy = new();

    private static readonly OrderCommand[] Commands =
    [
        new ObserveOrder(
            new MarketplaceOrder
            {
                OrderId = "0",
                Status = MarketplaceStatus.Unpaid,
                UpdatedAt = Start,
                PlacedAt = Start,
                LabelBy = Start.AddDays(1),
                DispatchBy = Start.AddDays(2),
                CancelledIfUnlabelledAt = Start.AddDays(3),
                CancelledIfUnscannedAt = Start.AddDays(4),
                WarehouseId = "wh-1",
                Lines = [new OrderLine("577086512123755123", "2729382476852921560", "sku-1", "1729382476852921560", 1, false, null)],
            },
            Start),
        new ParkOrder("load", "a person looks at it", Start.AddHours(1)),
        new ResumeOrder(Start.AddHours(2)),
        new ParkOrder("load", "a person looks at it", Start.AddHours(3)),
        new ResumeOrder(Start.AddHours(4)),
    ];

    private static readonly (OrderState After, ImmutableArray<OrderEvent> Events, ImmutableArray<WorkItem> Work)[] Life = DecideAll();

    public static OrderKey KeyOf(long life) =>
        new(ShopIds[life % Shops], (576461413038785752L + life).ToString(CultureInfo.InvariantCulture));

    /// <summary>The state after step 0 to 4, for the given order.</summary>
    public static OrderState StateOf(OrderKey key, int step) => Life[step].After with { Key = key };

    /// <summary>Step 0 to 4 as a unit for the journal.</summary>
    public static AppendUnit UnitOf(OrderKey key, int step) => new()
    {
        Orders =
        [
            new OrderAppend
            {
                ExpectedVersion = step,
                After = StateOf(key, step),
                Events = Life[step].Events,
                Work = Life[step].Work,
                FormerWork = step == 0 ? null : Life[step - 1].Work,
                Document = step == 0 ? Document : default,
                LinesChanged = step == 0,
            },
        ],
        Causation = new Causation("system", Guid.NewGuid(), "load"),
        At = Start.AddHours(step),
    };

    /// <summary>The event of step 0 to 4 as the journal stores it.</summary>
    public static byte[] EventBodyOf(int step) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Life[step].Events[0], Life[step].Events[0].GetType());

    public static string EventTextOf(int step) => Encoding.UTF8.GetString(EventBodyOf(step));

    /// <summary>Step 0 to 4 as a question to the order's grain.</summary>
    public static OrderQuestion QuestionOf(OrderKey key, int step) => new(
        Merchant,
        step == 0 ? new ObserveOrder(((ObserveOrder)Commands[0]).Facts with { OrderId = key.OrderId }, Start) : Commands[step],
        new Causation("system", Guid.NewGuid(), "load"),
        step == 0 ? Document : default,
        ProbablyNew: step == 0);

    private static (OrderState, ImmutableArray<OrderEvent>, ImmutableArray<WorkItem>)[] DecideAll()
    {
        var life = new (OrderState, ImmutableArray<OrderEvent>, ImmutableArray<WorkItem>)[Steps];
        var state = OrderState.Empty(new OrderKey(ShopIds[0], "0"), Merchant);
        for (var step = 0; step < Steps; step++)
        {
            var events = ((Decision.Accepted)OrderDecider.Decide(state, Commands[step], Policy)).Events;
            state = OrderFold.Evolve(state, events, Start.AddHours(step));
            life[step] = (state, events, NextStep.Of(state, Policy));
        }

        return life;
    }
}
