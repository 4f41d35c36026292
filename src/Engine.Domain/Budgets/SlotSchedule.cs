namespace Engine.Domain.Budgets;

/// <summary>Calls permitted per second for one (app, shop, API).</summary>
/// <param name="PerSecond">More than 0.</param>
/// <param name="Burst">Calls that may leave at once before the spacing sets in; 1 = evenly spaced. Burst and spaced calls together
/// never pass <paramref name="PerSecond"/> in any second.</param>
public readonly record struct CallRate(double PerSecond, int Burst = 1)
{
    /// <summary>Kept free of every permitted second, against jitter on the way: 1 %.</summary>
    public const double Reserve = 0.01;

    /// <summary>From one slot to the next.</summary>
    public TimeSpan Spacing => TimeSpan.FromSeconds((1 + Reserve) / Math.Max(PerSecond - (Burst - 1), PerSecond / 2));
}

/// <summary>Hands out moments at which a call may leave. Pure; the grain keeps it.</summary>
/// <param name="NextAt">Earliest instant of the next slot, were there no burst.</param>
public readonly record struct SlotSchedule(CallRate Rate, DateTimeOffset NextAt)
{
    /// <summary>Takes up to <paramref name="wanted"/> slots in [<paramref name="from"/>, <paramref name="horizon"/>); none when the next one lies behind it.</summary>
    public SlotSchedule Take(int wanted, DateTimeOffset from, DateTimeOffset horizon, List<DateTimeOffset> slots)
    {
        var spacing = Rate.Spacing;
        var ahead = spacing * (Rate.Burst - 1);
        var next = NextAt;
        for (var i = 0; i < wanted; i++)
        {
            next = next > from ? next : from;
            var at = next - ahead > from ? next - ahead : from;
            if (at >= horizon)
            {
                break;
            }

            slots.Add(at);
            next += spacing;
        }

        return this with { NextAt = next };
    }

    /// <summary>When the next slot would be.</summary>
    public DateTimeOffset Earliest => NextAt - (Rate.Spacing * (Rate.Burst - 1));

    /// <summary>No slot before <paramref name="until"/> (rate limited, or a new activation that does not know what the last one gave).</summary>
    public SlotSchedule Pause(DateTimeOffset until)
    {
        var next = until + (Rate.Spacing * (Rate.Burst - 1));
        return next > NextAt ? this with { NextAt = next } : this;
    }
}

/// <summary>How much of a permitted rate is used. The platform counts calls as they arrive, and on the way evenly spaced calls bunch: what the
/// way does is not known at first, so the share starts low, grows while nothing is refused, and falls with a refusal.</summary>
/// <param name="Value">0.5 to 0.99 of the permitted rate.</param>
/// <param name="ChangedAt">When it last grew or fell.</param>
public readonly record struct UsedShare(double Value, DateTimeOffset ChangedAt)
{
    public const double First = 0.88;
    public const double Most = 0.99;
    public const double Least = 0.5;

    private static readonly TimeSpan GrowsEvery = TimeSpan.FromSeconds(10);

    public UsedShare Calm(DateTimeOffset now) =>
        Value < Most && now - ChangedAt >= GrowsEvery ? new UsedShare(Math.Min(Most, Value + 0.01), now) : this;

    public UsedShare Refused(DateTimeOffset now) => new(Math.Max(Least, Value - 0.05), now);
}
