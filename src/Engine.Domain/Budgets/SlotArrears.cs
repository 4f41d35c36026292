namespace Engine.Domain.Budgets;

/// <summary>Slots that a host gives up because calls of its own came late. A platform counts arrivals: a call that arrives in the second after its own takes a place of that
/// second, and the hosts that share a budget do not see each other's calls. So whoever is late by more than the slots' spacing allows for leaves out a later slot for it:
/// then no second holds more than it would have held on time, whichever hosts were late.</summary>
/// <remarks>Instants are times since some fixed one that never go back. Not safe for use by several threads.</remarks>
public sealed class SlotArrears
{
    /// <summary>A slot left out later than this no longer makes room for a late arrival.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Queue<TimeSpan> owed = new();

    /// <summary>By how much calls may be late without a second seeing more than its limit, when slots are given at a share of it: what the slots of a limit's worth take longer than a second.</summary>
    /// <param name="perSecond">The limit, more than 0.</param>
    /// <param name="pace">Slots given a second, more than 0.</param>
    /// <returns>Zero or more; 150 ms at a share of 0.88, 20 ms at 0.99.</returns>
    public static TimeSpan Bearable(double perSecond, double pace)
    {
        var spare = (new CallRate(pace).Spacing * perSecond) - Window;
        return spare > TimeSpan.Zero ? spare : TimeSpan.Zero;
    }

    /// <summary>A call turned out to have arrived too late.</summary>
    public void Owe(TimeSpan now) => owed.Enqueue(now);

    /// <returns>True: the slot that has come is to be left out, which settles one late call.</returns>
    public bool TrySettle(TimeSpan now)
    {
        while (owed.TryPeek(out var since) && since + Window <= now)
        {
            owed.Dequeue();
        }

        return owed.TryDequeue(out _);
    }
}
