using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Engine.Grains.Tests;

/// <summary>What grains say to each other survives the way between two silos.</summary>
public sealed class CarriedTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider services = new ServiceCollection().AddSerializer(b => b.AddAssembly(typeof(Carried<>).Assembly)).BuildServiceProvider();

    public static TheoryData<OrderCommand> Commands() =>
    [
        new ObserveOrder(
            new MarketplaceOrder
            {
                OrderId = "1",
                Status = MarketplaceStatus.AwaitingShipment,
                UpdatedAt = Now,
                PlacedAt = Now,
                Lines = [new OrderLine("l", "s", "x", "p", 1, false, null)],
                Document = "{\"a\":1}"u8.ToArray(),
            },
            Now,
            ImmutableDictionary<string, ParcelMeasure>.Empty.Add("l", new ParcelMeasure(12))),
        new RecordPurchase(ParcelId.Of("1", 1), 2, new CallOutcome<PurchasedLabel>.Succeeded(new PurchasedLabel("pk", new("4.35", "USD"), "c", "USPS", Now)), Now),
        new RecordPurchase(ParcelId.Of("1", 1), 2, new CallOutcome<PurchasedLabel>.Rejected("f", "1", RefusalClass.FixData, "m", null), Now),
        new RecordPurchase(ParcelId.Of("1", 1), 2, new CallOutcome<PurchasedLabel>.Unknown("x"), Now),
        new RecordTracking(ParcelId.Of("1", 1), 2, new CallOutcome<TrackingAccepted>.RateLimited(Now), Now),
        new RecordReadBack(ParcelId.Of("1", 1), new MarketplacePackage("pk", ["1"], ["l"], false, null, null, null, Now), Now, Now),
        new SubmitTracking(null, "9400", "c", Now),
        new IntendPurchase(ParcelId.Of("1", 1), PurchaseKind.BuyLabel, "h", Now, Now, Now),
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_question_arrives_as_it_was_asked(OrderCommand command)
    {
        var question = new OrderQuestion(new MerchantId("acme"), command, new Causation("system", Guid.NewGuid(), "test"), "{}"u8.ToArray());
        var arrived = Travel(question);
        Assert.Equal(question.Merchant, arrived.Merchant);
        Assert.Equal(question.Causation, arrived.Causation);
        Assert.Equal(question.Document.ToArray(), arrived.Document.ToArray());
        Assert.IsType(command.GetType(), arrived.Command);
        Assert.Equal(command.ToString(), arrived.Command.ToString());
    }

    [Fact]
    public void An_answer_and_a_missing_order_arrive()
    {
        var order = OrderState.Empty(new OrderKey(new ShopId("s-1"), "5/7"), new MerchantId("acme")) with { Version = 3, Late = true };
        var arrived = Travel(new OrderAnswer(AskResult.Refused, order, RefusalReason.WrongStatus, "no"));
        Assert.Equal(order.Key, arrived.Order!.Key);
        Assert.Equal((3, true, RefusalReason.WrongStatus), (arrived.Order.Version, arrived.Order.Late, arrived.Reason));
        Assert.Null(Travel<OrderState?>(null));
        Assert.Null(Travel<ShopAccess?>(null));
    }

    [Fact]
    public void A_late_dispatch_answer_arrives_with_its_window()
    {
        var report = Domain.LateDispatch.LateDispatch.Settled(LateDispatchCounters.Zero, Now);
        var arrived = Travel(new LateDispatchAnswer(report, report, report, new JournalPosition(1, 2, 3)));
        Assert.Equal(report, arrived.Settled);
        Assert.Equal(new JournalPosition(1, 2, 3), arrived.Position);
    }

    private T Travel<T>(T value)
    {
        var serializer = services.GetRequiredService<Serializer<Carried<T>>>();
        return serializer.Deserialize(serializer.SerializeToArray(new Carried<T>(value)))!.Value;
    }
}
