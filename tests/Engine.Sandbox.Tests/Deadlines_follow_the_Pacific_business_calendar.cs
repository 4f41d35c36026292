using Engine.Sandbox.Orders;

namespace Engine.Sandbox.Tests;

/// <summary>The worked examples of dispatch-policy.md 3.4.</summary>
public sealed class Deadlines_follow_the_Pacific_business_calendar
{
    [Theory]
    [InlineData("2026-11-20T18:05:00-08:00", "2026-11-25T07:59:59Z")]
    [InlineData("2026-03-06T18:05:00-08:00", "2026-03-11T06:59:59Z")]
    [InlineData("2026-10-17T13:00:00-07:00", "2026-10-20T23:59:59-07:00")]
    [InlineData("2026-10-19T00:10:00-07:00", "2026-10-21T23:59:59-07:00")]
    [InlineData("2026-10-19T23:30:00-07:00", "2026-10-21T23:59:59-07:00")]
    [InlineData("2026-11-24T12:00:00-08:00", "2026-11-27T23:59:59-08:00")]
    [InlineData("2026-11-25T12:00:00-08:00", "2026-11-30T23:59:59-08:00")]
    [InlineData("2026-11-27T12:00:00-08:00", "2026-12-01T23:59:59-08:00")]
    [InlineData("2026-12-23T12:00:00-08:00", "2026-12-28T23:59:59-08:00")]
    [InlineData("2026-07-01T12:00:00-07:00", "2026-07-06T23:59:59-07:00")]
    public void Two_business_days_end_of_day(string shippable, string deadline) =>
        Assert.Equal(DateTimeOffset.Parse(deadline).ToUnixTimeSeconds(), DispatchCalendar.For(DateTimeOffset.Parse(shippable).ToUnixTimeMilliseconds()).TtsSla);
}
