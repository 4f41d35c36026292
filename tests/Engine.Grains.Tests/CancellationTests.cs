using Engine.Domain.Cancellations;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;

namespace Engine.Grains.Tests;

public sealed class CancellationTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_request_after_the_label_is_rejected_and_one_before_it_approved()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        engine.Place("1001");
        await engine.HintAsync();
        await engine.UntilAsync("1001", o => o.Parcels is [{ Status: ParcelStatus.Ready }]);
        engine.Place("1002", other: o => engine.Marketplace.Asked(o, TimeProvider.System.GetUtcNow()));
        engine.Marketplace.AskToCancel("1001", TimeProvider.System.GetUtcNow());
        await engine.HintAsync();

        var packed = await engine.UntilAsync("1001", o => o is { HasOpenRequest: false, Cancellation.End: CancellationEnd.Closed });
        Assert.Equal(OrderStatus.AwaitingCollection, packed.Status);
        await engine.UntilAsync("1002", o => o.Status == OrderStatus.Cancelled);
        Assert.Equal(
            [("c-1001", CancellationAnswer.Reject), ("c-1002", CancellationAnswer.Approve)], engine.Marketplace.Answers.Select(a => (a.CancelId, a.Answer)).Order());
        Assert.Single(engine.Marketplace.Sales);
        await engine.VerifyAsync();
    }

    [Fact]
    public async Task An_answer_whose_reply_is_lost_is_read_back_and_never_contradicted()
    {
        await using var engine = await EngineCluster.StartAsync(postgres);
        var lost = 0;
        engine.Marketplace.AfterAnswer = () => ++lost == 1 ? new CallOutcome<CancellationAnswer>.Unknown("reply lost") : null;
        engine.Place("1001", other: o => engine.Marketplace.Asked(o, TimeProvider.System.GetUtcNow()));
        await engine.HintAsync();
        var order = await engine.UntilAsync("1001", o => o.Status == OrderStatus.Cancelled);
        Assert.Equal(AnswerOutcome.Unknown, order.Cancellation!.Attempt!.Outcome);
        Assert.Single(engine.Marketplace.Answers.Select(a => a.Key).Distinct(StringComparer.Ordinal));
        Assert.Empty(engine.Marketplace.Sales);
        await engine.VerifyAsync();
    }
}
