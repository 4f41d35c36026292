using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Budgets;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.Grains.Budgets;

/// <summary>Gives out the slots of one (app, shop, API). A new activation does not know what the last one gave, so it waits for those to run out; and one whose
/// host was declared dead, without knowing it, gives none that the next one does not wait for.</summary>
internal sealed class RateBudgetGrain(
    IOptions<GrainsOptions> options,
    MembershipProof membership,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business) : Grain, IRateBudgetGrain
{
    private SlotSchedule schedule;
    private UsedShare share;
    private double perSecond;
    private LeaseTerm term;

    private TimeProvider Clock => options.Value.BudgetsOnBusinessTime ? business : system;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var api = GrainKeys.ApiOfBudget(this.GetPrimaryKeyString());
        perSecond = options.Value.RateOf(api);
        term = LeaseTerm.Of(api, options.Value.LeaseMax, options.Value.SlotTolerance);

        // On business time many calls share one instant, so half of a second's calls may leave at once.
        var rate = options.Value.BudgetsOnBusinessTime ? new CallRate(perSecond, Math.Max(1, (int)(perSecond / 2))) : new CallRate(perSecond);
        var now = Clock.GetUtcNow();
        share = new UsedShare(UsedShare.First, now);
        schedule = new SlotSchedule(rate, now);
        if (!options.Value.BudgetsOnBusinessTime)
        {
            schedule = schedule.Pause(now + term.Silence);
        }

        return Task.CompletedTask;
    }

    public async Task<Carried<SlotLease>> LeaseAsync(int wanted, TimeSpan lead)
    {
        // Business time is for runs that nobody cuts in two, and may stand still.
        var onBusinessTime = options.Value.BudgetsOnBusinessTime;
        if (!onBusinessTime)
        {
            await membership.RefreshAsync(freshEnough: term.Max / 4, patience: term.Max);
        }

        var now = Clock.GetUtcNow();
        if ((onBusinessTime ? TimeSpan.Zero : membership.Age) is not { } age || age >= term.Max)
        {
            return Lease([], now, now + (term.Max / 2));
        }

        if (!onBusinessTime)
        {
            share = share.Calm(now);
            schedule = schedule with { Rate = new CallRate(perSecond * share.Value) };
        }

        var (from, horizon) = term.Window(now, age, lead);
        var slots = new List<DateTimeOffset>(wanted);
        schedule = schedule.Take(wanted, from, horizon, slots);
        return Lease([.. slots], now, schedule.Earliest - (term.Max / 2));
    }

    private Carried<SlotLease> Lease(ImmutableArray<DateTimeOffset> slots, DateTimeOffset now, DateTimeOffset retryAt) => new SlotLease(
        slots, retryAt > now ? retryAt : now + TimeSpan.FromMilliseconds(1), perSecond, schedule.Rate.PerSecond, now, RuntimeIdentity);

    public Task PauseAsync(DateTimeOffset until)
    {
        share = share.Refused(Clock.GetUtcNow());
        schedule = schedule.Pause(until);
        return Task.CompletedTask;
    }
}
