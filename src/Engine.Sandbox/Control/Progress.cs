using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Control;

/// <summary>Counters for a progress line and the summary.</summary>
public static class Progress
{
    public static ProgressInfo Of(Marketplace market)
    {
        var tallies = market.Tallies;
        var nowSeconds = market.Clock.NowSeconds;
        var overdue = 0L;
        var orders = market.Ledger.Orders;
        for (var i = 1; i <= orders.Count; i++)
        {
            var order = orders[i];
            if (order.Tally is OrderTally.ShippableUnlabelled or OrderTally.LabelledUnscanned && order.Deadlines.TtsSla > 0 && order.Deadlines.TtsSla < nowSeconds)
            {
                overdue++;
            }
        }

        return new ProgressInfo(
            OrdersTotal: tallies.Placed + tallies.Planned,
            OrdersPlaced: tallies.Placed,
            Fbt: tallies[OrderTally.Fbt],
            Cancelled: tallies[OrderTally.Cancelled],
            OnHold: tallies[OrderTally.OnHold],
            ShippableUnlabelled: tallies[OrderTally.ShippableUnlabelled],
            LabelledUnscanned: tallies[OrderTally.LabelledUnscanned],
            Scanned: tallies[OrderTally.Scanned],
            Unfinishable: tallies.Unfinishable,
            LabelsSold: tallies.LabelsSold,
            LabelsChargedTwice: tallies.LabelsChargedTwice,
            Dispatched: tallies.Dispatched,
            Late: tallies.Late,
            OverdueUnscanned: overdue,
            Calls: tallies.Calls,
            Http429: tallies.Throttled,
            WebhooksSent: market.Webhooks.Sent,
            WebhooksFailed: market.Webhooks.Failed,
            WebhooksPending: market.Webhooks.Pending,
            Done: tallies.Done,
            Quiet: market.Steps.Quiet,
            NowMs: market.Clock.NowMs,
            NextEventMs: market.Events.NextDueMs(),
            Steps: market.Steps.Steps,
            FaultsInjected: market.Faults.InjectedTotal);
    }
}
