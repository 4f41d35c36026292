using Engine.Contracts;

namespace Engine.Grains.Tests;

/// <summary>Gives what it is asked for, at once, and counts it.</summary>
internal sealed class GrantingBudget : IRateBudgetGrain
{
    public int Leases { get; private set; }

    public int Slots { get; private set; }

    public Task<Carried<SlotLease>> LeaseAsync(int wanted, TimeSpan lead)
    {
        Leases++;
        Slots += wanted;
        var now = DateTimeOffset.UnixEpoch;
        return Task.FromResult<Carried<SlotLease>>(new SlotLease([.. Enumerable.Repeat(now, wanted)], now, 1000, 1000, now, "host"));
    }

    public Task PauseAsync(DateTimeOffset until) => Task.CompletedTask;
}
