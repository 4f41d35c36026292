using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Budgets;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Budgets;

/// <summary>Gives out the slots of one (app, shop, API). A new activation does not know what the last one gave, so it waits for those to run out.</summary>
internal sealed class RateBudgetGrain(
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business) : Grain, IRateBudgetGrain
{
    private SlotSchedule schedule;
    private UsedShare share;
    private double perSecond;

    private TimeProvider Clock => options.Value.BudgetsOnBusinessTime ? business : system;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        perSecond = options.Value.RateOf(GrainKeys.ApiOfBudget(this.GetPrimaryKeyString()));

        // On business time many calls share one instant, so half of a second's calls may leave at once.
        var rate = options.Value.BudgetsOnBusinessTime ? new CallRate(perSecond, Math.Max(1, (int)(perSecond / 2))) : new CallRate(perSecond);
        var now = Clock.GetUtcNow();
        share = new UsedShare(UsedShare.First, now);
        schedule = new SlotSchedule(rate, now);
        if (!options.Value.BudgetsOnBusinessTime)
        {
            schedule = schedule.Pause(now + options.Value.LeaseMax);
        }

        return Task.CompletedTask;
    }

    public Task<Carried<SlotLease>> LeaseAsync(int wanted, TimeSpan lead)
    {
        var now = Clock.GetUtcNow();
        if (!options.Value.BudgetsOnBusinessTime)
        {
            share = share.Calm(now);
            schedule = schedule with { Rate = new CallRate(perSecond * share.Value) };
        }

        var from = lead > TimeSpan.Zero ? now + lead : now;
        var slots = new List<DateTimeOffset>(wanted);
        schedule = schedule.Take(wanted, from, from + options.Value.LeaseMax, slots);
        var retryAt = schedule.Earliest - (options.Value.LeaseMax / 2);
        return Task.FromResult(new Carried<SlotLease>(new SlotLease(
            [.. slots], retryAt > now ? retryAt : now + TimeSpan.FromMilliseconds(1), perSecond, schedule.Rate.PerSecond, now, RuntimeIdentity)));
    }

    public Task PauseAsync(DateTimeOffset until)
    {
        share = share.Refused(Clock.GetUtcNow());
        schedule = schedule.Pause(until);
        return Task.CompletedTask;
    }
}
