using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Engine.Domain.Tests.Orders;
using Engine.Domain.Work;

namespace Engine.Domain.Tests.Labels;

public sealed class PurchasePlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Margin = TimeSpan.FromHours(24);

    [Fact]
    public void What_the_marketplace_would_cancel_is_bought_before_what_can_be_in_time_and_that_before_what_is_late() => Assert.Equal(
        ["cancelled within hours", "cancelled tomorrow", "due soon", "due later", "late"],
        Plan(Work("late", -5, 90), Work("due later", 40, 90), Work("cancelled tomorrow", -1, 20), Work("due soon", 2, 90), Work("cancelled within hours", 50, 3)));

    [Fact]
    public void The_margin_is_included_and_beyond_it_the_deadline_decides() => Assert.Equal(
        ["at the margin", "due first", "beyond the margin"],
        Plan(Work("beyond the margin", 9, 24.1), Work("due first", 8, 90), Work("at the margin", 10, 24)));

    [Fact]
    public void A_cancellation_that_passed_unnoticed_is_still_urgent() => Assert.Equal(["overdue", "due"], Plan(Work("due", 1, 90), Work("overdue", -30, -2)));

    [Fact]
    public void Without_a_known_cancellation_the_deadline_decides() => Assert.Equal(
        ["due", "whenever", "late"], Plan(Work("late", -1, null), Work("whenever", null, null), Work("due", 1, null)));

    [Fact]
    public void What_is_late_keeps_a_floor_even_behind_what_would_be_cancelled()
    {
        var plan = Plan([.. Enumerable.Range(0, 8).Select(i => Work($"endangered {i}", 1, 1 + i)), Work("late a", -2, 90), Work("late b", -1, 90)]);

        Assert.Equal("late a", plan[PurchasePlanner.LateFloor - 1]);
        Assert.Equal("late b", plan[(2 * PurchasePlanner.LateFloor) - 1]);
        Assert.Equal(8, plan.Count(p => p.StartsWith("endangered", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_work_of_an_unlabelled_order_carries_the_cancellation_and_that_of_a_labelled_one_does_not()
    {
        var unlabelled = Given.Allocated().Order;
        Assert.Equal(unlabelled.Deadlines.CancelledIfUnlabelledAt, Assert.Single(NextStep.Of(unlabelled, Given.Policy), w => w.Kind == WorkKind.BuyLabel).CancelAt);
        Assert.NotNull(unlabelled.Deadlines.CancelledIfUnlabelledAt);

        Assert.All(NextStep.Of(Given.Bought().Order, Given.Policy), w => Assert.Null(w.CancelAt));
    }

    private static List<string> Plan(params DueWork[] due) => [.. PurchasePlanner.Order(due, Now, Margin).Select(w => w.Order.OrderId)];

    private static DueWork Work(string order, double? deadlineInHours, double? cancelInHours) => new(
        new OrderKey(new ShopId("shop-1"), order), WorkKind.BuyLabel, Now, deadlineInHours is { } d ? Now.AddHours(d) : null, 1,
        cancelInHours is { } c ? Now.AddHours(c) : null);
}
