using Engine.Contracts;
using Engine.Domain.Cancellations;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests.KillPoints;

/// <summary>Two clusters on one database that know nothing of each other: one stands still in the midst of a purchase, the other goes on with the order, and
/// the first wakes up where it stood.</summary>
public sealed class TwoActivationsTests(PostgresFixture postgres)
{
    public static TheoryData<KillPoint> Points => [KillPoint.BeforeIntent, KillPoint.IntentStored, KillPoint.Permitted, KillPoint.Answered, KillPoint.OutcomeStored];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task What_the_one_that_wakes_up_does_is_refused_and_one_label_is_sold(KillPoint point)
    {
        var stands = new StandsAt(point);
        await using var sleeper = await EngineCluster.StartAsync(postgres, 1, stands);
        var late = new List<SendPermit>();
        sleeper.Marketplace.BeforeSale = (_, permit) =>
        {
            // What the client does before it writes to the socket (Engine.TikTok.Tests).
            if (TimeProvider.System.GetTimestamp() <= permit.SendBeforeTimestamp)
            {
                return null;
            }

            late.Add(permit);
            return new CallOutcome<PurchasedLabel>.NotApplied("its moment had passed");
        };
        sleeper.Place("1001");
        await sleeper.HintAsync();
        await stands.Reached.WaitAsync(TimeSpan.FromSeconds(30));

        await using var other = await sleeper.StartUnawareAsync();
        await other.HintAsync();

        // Only its label desk stands: its document desk may be the one that keeps the label.
        await other.UntilStoredAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        var before = await DoneAsync(other);
        var lateBefore = late.Count;

        stands.Wake();
        await sleeper.QuietAsync();

        // Nothing may be left for it to do that would tell it of the other's last word: its document desk may have read the order while its label desk stood.
        var awake = await sleeper.StoredOrderAsync("1001");
        Assert.True(awake?.Parcels is [{ Status: ParcelStatus.Ready }], await other.HistoryAsync("1001"));

        var history = await other.HistoryAsync("1001");
        Assert.True(sleeper.Marketplace.Sales.Count == 1, $"{sleeper.Marketplace.Sales.Count} labels sold:\n{history}");
        Assert.True(before.SequenceEqual(await DoneAsync(other)), $"The one that woke up has written:\n{history}");
        Assert.Equal(point == KillPoint.Permitted ? 1 : 0, late.Count - lateBefore);
        await other.VerifyAsync();
    }

    /// <summary>Found by chaos: the work of an order was in the database, and its activation, which had written nothing since, knew of none: asked again and again, for ever.</summary>
    [Fact]
    public async Task Work_that_the_one_that_woke_up_has_left_behind_is_done_though_the_other_has_not_seen_it_come()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Place("1001");
        await engine.HintAsync();
        await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);

        // Nothing more is to come by itself, for whatever is written finds out who has been there.
        await engine.HintAsync();
        var ready = await engine.UntilAsync("1001", o => o is { Parcels: [{ Status: ParcelStatus.Ready }], Lines: [{ PackageId: not null }] });

        // It had read the request while it was pending, decides on the newest state as it must, and dies before it can answer.
        var now = TimeProvider.System.GetUtcNow();
        var asked = engine.Marketplace.AskedAndWithdrawn("1001", now);
        var decided = Assert.IsType<Decision.Accepted>(OrderDecider.Decide(ready, new SettleCancellation(asked, now), EngineCluster.Policy));
        var after = OrderFold.Evolve(ready, decided.Events, now);
        var written = await engine.Storage.Journal.AppendAsync(
            new AppendUnit
            {
                Orders = [new OrderAppend { ExpectedVersion = ready.Version, After = after, Events = decided.Events, Work = NextStep.Of(after, EngineCluster.Policy) }],
                Causation = new Causation("system", Guid.NewGuid(), "settle cancellation"),
                At = now,
            },
            CancellationToken.None);
        Assert.Equal(AppendResult.Accepted, written.Result);

        await engine.UntilAsync("1001", o => o is { HasOpenRequest: false, Cancellation.End: CancellationEnd.Closed });
        await engine.VerifyAsync();
    }

    /// <summary>What we did about the order, without what the marketplace told of it.</summary>
    private static async Task<List<OrderEvent>> DoneAsync(EngineCluster engine) => [.. (await engine.EventsAsync("1001")).Where(e => e is not (OrderReceived or OrderUpdated or OrderAllocated))];

    private sealed class StandsAt(KillPoint here) : IPausePoints
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => reached.Task;

        public void Wake() => woken.TrySetResult();

        public async ValueTask ReachAsync(KillPoint point, OrderKey order)
        {
            if (point == here)
            {
                reached.TrySetResult();
                await woken.Task;
            }
        }
    }
}
