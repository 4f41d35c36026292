using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.Orders;

/// <summary>Seeded random lives: whatever comes in whatever order, these hold.</summary>
public sealed class RandomHistoryTests
{
    [Fact]
    public void Whatever_happens_an_open_order_is_awake_and_a_repeated_command_changes_nothing()
    {
        for (var seed = 1; seed <= 3000; seed++)
        {
            var random = new Random(seed);
            var given = new Given();
            given.See();
            for (var step = 0; step < 30; step++)
            {
                given.Now += TimeSpan.FromSeconds(random.Next(0, 7200));
                var command = Draw(random, given);
                var before = given.Order;
                if (given.Decide(command) is not Decision.Accepted accepted)
                {
                    continue;
                }

                given.Do(command);
                Assert.True(given.Order.Version == before.Version + accepted.Events.Length, $"seed {seed} step {step}");
                Assert.True(command is IntendPurchase or RecordReadBack || given.Decide(command) is not Decision.Accepted, $"seed {seed} step {step}: {command} twice");
                var awake = given.Order.Status.IsFinal() || given.Order.Status == OrderStatus.Parked || !NextStep.Of(given.Order, Given.Policy).IsEmpty;
                Assert.True(awake, $"seed {seed} step {step}: {given.Order.Status} sleeps");
                if (command is IntendPurchase)
                {
                    Assert.False(before.CancelRequested, $"seed {seed} step {step}");
                    Assert.Equal(ParcelStatus.Planned, before.Parcels[0].Status);
                }
            }
        }
    }

    private static OrderCommand Draw(Random random, Given given)
    {
        var parcel = Given.Parcel;
        var attempt = given.Order.Parcels.FirstOrDefault()?.Attempt?.Number ?? 1;
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                var status = (MarketplaceStatus)random.Next(2, 10);
                given.Facts = given.Facts with
                {
                    Status = status,
                    UpdatedAt = given.Now,
                    CancelRequested = random.Next(4) == 0,
                    FirstScanAt = status is MarketplaceStatus.InTransit ? given.Now : given.Facts.FirstScanAt,
                };
                return new ObserveOrder(given.Facts, given.Now);
            case 3:
                return new AllocateOrder(null, Given.Measures, given.Now);
            case 4 or 5:
                return given.Intent();
            case 6:
                return new RecordPurchase(parcel, attempt, new CallOutcome<PurchasedLabel>.Succeeded(new PurchasedLabel("pk-1", null, null, null, null)), given.Now);
            case 7:
                return new RecordPurchase(parcel, attempt, new CallOutcome<PurchasedLabel>.Unknown("x"), given.Now);
            case 8:
                return new RecordReadBack(parcel, null, given.Now, given.Now);
            default:
                return new RecordLabelFile(parcel, "key", null, given.Now);
        }
    }
}
