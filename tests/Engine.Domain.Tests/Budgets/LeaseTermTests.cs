using Engine.Domain.Budgets;
using Engine.Domain.Ports;

namespace Engine.Domain.Tests.Budgets;

public sealed class LeaseTermTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Max = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    [Theory]
    [InlineData(MarketplaceApi.ReadOrders, 0, 0, 250)]
    [InlineData(MarketplaceApi.ReadOrders, 80, 0, 170)]
    [InlineData(MarketplaceApi.ReadOrders, 250, 0, 0)]
    [InlineData(MarketplaceApi.ReadOrders, 300, 0, -50)]
    public void Slots_lie_no_later_than_a_lease_after_the_proof(MarketplaceApi api, int provenAgo, int from, int horizon)
    {
        var window = LeaseTerm.Of(api, Max, Tolerance).Window(Start, TimeSpan.FromMilliseconds(provenAgo), TimeSpan.FromSeconds(9));
        Assert.Equal((Start.AddMilliseconds(from), Start.AddMilliseconds(horizon)), window);
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(60, 60)]
    [InlineData(900, 250)]
    public void A_purchase_may_ask_ahead_by_a_lease_at_most(int lead, int ahead)
    {
        var window = LeaseTerm.Of(MarketplaceApi.BuyLabel, Max, Tolerance).Window(Start, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(lead));
        Assert.Equal((Start.AddMilliseconds(ahead), Start.AddMilliseconds(200 + ahead)), window);
    }

    /// <summary>The old giver is cut off and declared dead, knows nothing of it and gives what it may; the new one begins at the earliest.</summary>
    [Theory]
    [InlineData(MarketplaceApi.ShippingDocument)]
    [InlineData(MarketplaceApi.MarkShipped)]
    public void Two_givers_together_never_give_a_second_more_than_one(MarketplaceApi api)
    {
        const double limit = 50;
        var term = LeaseTerm.Of(api, Max, Tolerance);
        for (var declaredDead = 0; declaredDead < 40; declaredDead += 3)
        {
            var departures = new List<DateTimeOffset>();
            var old = new SlotSchedule(new CallRate(limit * UsedShare.First), Start);
            var deadAt = Start.AddMilliseconds(1000 + declaredDead);
            for (var now = Start; now < deadAt + TimeSpan.FromSeconds(4); now += TimeSpan.FromMilliseconds(7))
            {
                // The last proof is of the instant before its death.
                var age = now < deadAt ? TimeSpan.Zero : now - deadAt;
                if (age < term.Max)
                {
                    var slots = new List<DateTimeOffset>();
                    var (from, horizon) = term.Window(now, age, Max);
                    old = old.Take(100, from, horizon, slots);
                    departures.AddRange(slots.Select(s => s + Tolerance));
                }
            }

            var next = new SlotSchedule(new CallRate(limit * UsedShare.First), deadAt).Pause(deadAt + term.Silence);
            var first = new List<DateTimeOffset>();
            next.Take(200, deadAt, deadAt + TimeSpan.FromSeconds(3), first);
            Assert.All(first, slot => Assert.True(slot > departures.Max()));
            departures.AddRange(first);
            Assert.All(departures, at => Assert.InRange(departures.Count(d => d > at - TimeSpan.FromSeconds(1) && d <= at), 1, (int)limit));
            Assert.True(departures.Count > 140);
        }
    }
}
