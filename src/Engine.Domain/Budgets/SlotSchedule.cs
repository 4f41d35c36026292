namespace Engine.Domain.Budgets;

/// <summary>Calls permitted per second for one (app, shop, API), spread evenly so that no clock's second ever holds more.</summary>
/// <param name="PerSecond">More than 0.</param>
public readonly record struct CallRate(double PerSecond)
{
    /// <summary>Kept free of every permitted second, against jitter on the way: 1 %.</summary>
    public const double Reserve = 0.01;

    /// <summary>From one slot to the next.</summary>
    public TimeSpan Spacing => TimeSpan.FromSeconds((1 + Reserve) / PerSecond);
}

/// <summary>Hands out moments at which a call may leave: each at least one spacing after the last. Pure; the grain keeps it.</summary>
/// <param name="NextAt">Earliest instant of the next slot.</param>
public readonly record struct SlotSchedule(CallRate Rate, DateTimeOffset NextAt)
{
    /// <summary>Takes up to <paramref name="wanted"/> slots that lie before <paramref name="horizon"/>; none when the next one lies behind it.</summary>
    public SlotSchedule Take(int wanted, DateTimeOffset now, DateTimeOffset horizon, List<DateTimeOffset> slots)
    {
        var at = NextAt > now ? NextAt : now;
        for (var i = 0; i < wanted && at < horizon; i++)
        {
            slots.Add(at);
            at += Rate.Spacing;
        }

        return this with { NextAt = at };
    }

    /// <summary>No slot before <paramref name="until"/> (rate limited, or a new activation that does not know what the last one gave).</summary>
    public SlotSchedule Pause(DateTimeOffset until) => until > NextAt ? this with { NextAt = until } : this;
}
