using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.LateDispatch;
using Engine.Domain.Orders;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;

namespace Engine.Grains.LateDispatch;

/// <summary>A shop's LDR: the stored counters, held against the business clock.</summary>
[Reentrant]
internal sealed class LateDispatchGrain(
    ILateDispatchStore store,
    EngineInstruments instruments,
    [FromKeyedServices(Clocks.Business)] TimeProvider business) : Grain, ILateDispatchGrain
{
    private LateDispatchCounters counters = LateDispatchCounters.Zero;
    private JournalPosition upTo;
    private bool stale = true;

    private ShopId Shop => new(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(PublishAsync, new GrainTimerCreationOptions(TimeSpan.Zero, TimeSpan.FromSeconds(1)) { Interleave = true });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        instruments.ForgetLateDispatch(Shop);
        return Task.CompletedTask;
    }

    public async Task<Carried<LateDispatchAnswer>> GetAsync()
    {
        await LoadAsync();
        var now = business.GetUtcNow();
        return new LateDispatchAnswer(
            Domain.LateDispatch.LateDispatch.Settled(counters, now),
            Domain.LateDispatch.LateDispatch.Live(counters, now),
            Domain.LateDispatch.LateDispatch.Overall(counters, now),
            upTo);
    }

    public Task RefreshAsync(Carried<JournalPosition> upTo)
    {
        this.upTo = this.upTo.CompareTo(upTo.Value) < 0 ? upTo.Value : this.upTo;
        stale = true;
        return Task.CompletedTask;
    }

    /// <summary>Deadlines pass without any event, so the rate is published by the clock as well.</summary>
    private async Task PublishAsync()
    {
        await LoadAsync();
        instruments.LateDispatch(Shop, Domain.LateDispatch.LateDispatch.Live(counters, business.GetUtcNow()));
    }

    private async Task LoadAsync()
    {
        if (stale)
        {
            stale = false;
            try
            {
                counters = await store.ReadAsync(Shop, CancellationToken.None);
            }
            catch
            {
                stale = true;
                throw;
            }
        }
    }
}
