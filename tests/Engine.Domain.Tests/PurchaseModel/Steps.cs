using System.Collections.Immutable;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Domain.Work;

namespace Engine.Domain.Tests.PurchaseModel;

/// <param name="Name">Unique among the steps of one world: a path is its list of names.</param>
/// <param name="Healthy">It happens by itself when nothing goes wrong; only such steps count as a way forward.</param>
internal readonly record struct Step(string Name, bool Healthy, World After);

/// <summary>Everything that can happen next.</summary>
internal sealed class Steps(EngineRules rules, ModelScope scope)
{
    private static readonly Chance[] Faults = [Chance.Crash, Chance.SecondHost, Chance.Refusal, Chance.ReadFails, Chance.WriteFails];
    private static readonly Chance[] Changes = [Chance.AskToCancel, Chance.Withdraw, Chance.Cancel, Chance.Resume];
    private readonly EngineSide engine = new(rules, scope);

    public IEnumerable<Step> Of(World world) => OfEngine(world).Concat(OfNetwork(world)).Concat(OfOthers(world)).Concat(OfTime(world)).Select(Checked);

    private Step Checked(Step step)
    {
        var after = Properties.OfState(step.After, scope);
        after = after.Violation is null && Properties.IsEnd(after) ? Properties.OfEnd(after, scope) : after;
        return step with { After = after };
    }

    private bool Free(World world, Chance chance, int most = 1) => world.TimesTaken(chance) < most
        && (!Faults.Contains(chance) || Faults.Sum(world.TimesTaken) < scope.FaultsMax)
        && (!Changes.Contains(chance) || Changes.Sum(world.TimesTaken) < scope.ChangesMax);

    private IEnumerable<Step> OfEngine(World world)
    {
        foreach (var name in "AB")
        {
            var host = world.HostOf(name);
            if (!host.Runs)
            {
                if (Free(world, Chance.SecondHost))
                {
                    yield return new($"{name} starts beside the other", false, world.Take(Chance.SecondHost).With(name, Host.Fresh));
                }

                continue;
            }

            foreach (var step in OfDesk(world, name, host))
            {
                yield return step;
            }

            var facts = Market.Facts(world);
            var known = host.Memory ?? world.Stored;
            if (facts.UpdatedAt > known.UpdatedAt)
            {
                yield return new($"{name} hears of the change", true, engine.Observe(world, name, facts).World);
            }

            if (Free(world, Chance.Crash, 2) && (host.Desk is not Desk.Idle || host.Memory is not null))
            {
                yield return new($"{name} crashes and starts again", false, Abandoned(world.Take(Chance.Crash).With(name, Host.Fresh)));
            }
        }
    }

    private IEnumerable<Step> OfDesk(World world, char name, Host host)
    {
        switch (host.Desk)
        {
            case Desk.Idle:
                // The to-do list is read from what is stored, whatever the activation remembers.
                var work = NextStep.Of(world.Stored, rules.Policy);
                if (work.Any(w => w.Kind == WorkKind.ReadBack))
                {
                    var begun = engine.BeginReadBack(world, name);
                    yield return new($"{name} reads back", true, begun.With(name, new Desk.HasReadBack(Market.Facts(world), world.Now)));
                    if (Free(world, Chance.ReadFails))
                    {
                        yield return new($"{name} cannot read back", false, engine.FailReadBack(begun.Take(Chance.ReadFails), name));
                    }
                }
                else if (work.Any(w => w.Kind == WorkKind.BuyLabel))
                {
                    yield return new($"{name} reads to buy", true, world.With(name, new Desk.HasRead(Market.Facts(world), world.Now)));
                }

                break;
            case Desk.HasRead read:
                var (observed, order) = engine.Observe(world.With(name, Host.Idle), name, read.Facts);
                yield return new($"{name} tells the order", true, order.IsToBuy(order.Parcels[0])
                    ? observed.With(name, new Desk.Ready(read.ReadAt))
                    : observed.With(name, observed.HostOf(name) with { Memory = null }));
                break;
            case Desk.Ready ready:
                yield return new($"{name} intends", true, Intend(world, name, ready, Append.Works));
                if (Free(world, Chance.WriteFails))
                {
                    yield return new($"{name} intends, nothing is written", false, Intend(world.Take(Chance.WriteFails), name, ready, Append.WritesNothing));
                    yield return new($"{name} intends, the answer is lost", false, Intend(world.Take(Chance.WriteFails), name, ready, Append.AnswerIsLost));
                }

                break;
            case Desk.Armed armed when world.Now == armed.SignedAt:
                var call = new Call(armed.Attempt, armed.SignedAt, CallPhase.Travelling, 0, null);
                yield return new($"{name} sends", true, Properties.OfSend(
                    (world with { Calls = world.Calls.Add(call) }).With(name, new Desk.Waiting(armed.Attempt)), armed.Attempt));
                break;
            case Desk.Armed armed:
                yield return new($"{name} misses its slot", true, world.With(
                    name, new Desk.Answered(armed.Attempt, new CallOutcome<PurchasedLabel>.NotApplied("its slot was missed; not sent"))));
                break;
            case Desk.Waiting waiting:
                if (world.Calls.FirstOrDefault(c => c.Attempt == waiting.Attempt && c.Answer is not null) is { Answer: { } answer } answered)
                {
                    var calls = answered.Phase == CallPhase.Done ? world.Calls.Remove(answered) : world.Calls.Replace(answered, answered with { Answer = null });
                    yield return new($"{name} is answered: {answer.Kind}", true, (world with { Calls = calls })
                        .With(name, new Desk.Answered(waiting.Attempt, engine.Understand(answer))));
                }

                yield return new($"{name} gives up waiting", true, Abandoned(world.With(
                    name, new Desk.Answered(waiting.Attempt, engine.Understand(new CallOutcome<PurchasedLabel>.Unknown("nobody answered"))))));
                break;
            case Desk.Answered told:
                var record = new RecordPurchase(Market.Parcel, told.Attempt, told.Outcome, World.At(world.Now));
                yield return new($"{name} records", true, engine.Ask(world.With(name, Host.Idle), name, record).World);
                if (Free(world, Chance.WriteFails))
                {
                    yield return new($"{name} records, nothing is written", false,
                        engine.Ask(world.Take(Chance.WriteFails).With(name, Host.Idle), name, record, Append.WritesNothing).World);
                    yield return new($"{name} records, the answer is lost", false,
                        engine.Ask(world.Take(Chance.WriteFails).With(name, Host.Idle), name, record, Append.AnswerIsLost).World);
                }

                break;
            case Desk.HasReadBack read:
                yield return new($"{name} tells the order what it read back", true, engine.EndReadBack(world, name, read));
                break;
        }
    }

    private World Intend(World world, char name, Desk.Ready ready, Append append)
    {
        var (next, order, accepted) = engine.Ask(world.With(name, Host.Idle), name, EngineSide.Intent(world, ready.ReadAt, Market.Parcel), append);
        return accepted ? next.With(name, new Desk.Armed(order!.Parcels[0].Attempt!.Number, world.Now)) : next;
    }

    private IEnumerable<Step> OfNetwork(World world)
    {
        foreach (var call in world.Calls)
        {
            World Becomes(Call after) => Abandoned(world with { Calls = world.Calls.Replace(call, after) });
            World Refused(CallOutcome<PurchasedLabel> answer) => Becomes(call with { Phase = CallPhase.Done, Answer = answer });
            var which = $"request {call.Attempt}";
            switch (call.Phase)
            {
                case CallPhase.Travelling:
                    var age = rules.SignedOnce ? world.Now - call.SignedAt : 0;
                    if (scope.SignaturesExpire && age > ModelScope.SignatureWindow)
                    {
                        yield return new($"{which} arrives too late", true, Refused(new CallOutcome<PurchasedLabel>.NotApplied("the signature had expired when it arrived")));
                    }

                    if (scope.SignaturesExpire && age > ModelScope.SignatureWindow + ModelScope.Skew)
                    {
                        break;
                    }

                    yield return new($"{which} arrives", true, Becomes(call with { Phase = CallPhase.Accepted, AcceptedAt = world.Now }));
                    if (Free(world, Chance.Refusal, 2))
                    {
                        var less = world.Take(Chance.Refusal);
                        World Answers(CallOutcome<PurchasedLabel> answer, string? reason = null) => Abandoned(less with
                        {
                            Calls = world.Calls.Replace(call, call with { Phase = CallPhase.Done, Answer = answer }),
                            PersonMayBeAsked = reason is null ? world.PersonMayBeAsked : world.PersonMayBeAsked.Add(reason),
                        });
                        yield return new($"{which} is rate limited", false, Answers(new CallOutcome<PurchasedLabel>.RateLimited(World.At(world.Now + 1))));
                        yield return new($"{which} is refused: read again", false, Answers(Rejected(RefusalClass.StateConflict), ParkReason.FixData));
                        yield return new($"{which} is refused: correct the data", false, Answers(Rejected(RefusalClass.FixData), ParkReason.FixData));
                        yield return new($"{which} is refused: in progress", false, Abandoned(less with
                        {
                            Calls = world.Calls.Replace(call, call with { Phase = CallPhase.Accepted, AcceptedAt = world.Now, Answer = Rejected(RefusalClass.InProgress) }),
                        }));
                    }

                    break;
                case CallPhase.Accepted when world.Cancel == MarketCancel.Cancelled:
                    yield return new($"{which} meets a cancelled order", true, Refused(Rejected(RefusalClass.StateConflict)) with
                    {
                        PersonMayBeAsked = world.PersonMayBeAsked.Add(ParkReason.FixData),
                    });
                    break;
                case CallPhase.Accepted:
                    var id = $"pk-{world.Sales.Length + 1}";
                    yield return new($"{which} takes effect", true, Abandoned(world with
                    {
                        Sales = world.Sales.Add(new Sale(id, call.Attempt, [1, 2], world.Now, false)),
                        Calls = world.Calls.Replace(call, call with
                        {
                            Phase = CallPhase.Done,
                            Answer = call.Answer ?? new CallOutcome<PurchasedLabel>.Succeeded(new PurchasedLabel(id, null, null, null, null)),
                        }),
                    }));
                    break;
            }
        }

        foreach (var sale in world.Sales.Where(s => !s.Visible))
        {
            yield return new($"{sale.PackageId} becomes visible", true, Seen(world, sale));
        }
    }

    private IEnumerable<Step> OfOthers(World world)
    {
        World Changed(Chance chance, MarketCancel cancel) => world.Take(chance) with { Cancel = cancel, FactsVersion = world.FactsVersion + 1 };
        if (world.Cancel == MarketCancel.None && Free(world, Chance.AskToCancel))
        {
            yield return new("the buyer asks to cancel", false, Changed(Chance.AskToCancel, MarketCancel.Requested));
        }

        if (world.Cancel == MarketCancel.Requested && Free(world, Chance.Withdraw))
        {
            yield return new("the request is withdrawn", false, Changed(Chance.Withdraw, MarketCancel.None));
        }

        if (world.Cancel != MarketCancel.Cancelled && Free(world, Chance.Cancel))
        {
            yield return new("the order is cancelled", false, Changed(Chance.Cancel, MarketCancel.Cancelled) with
            {
                PersonMayBeAsked = world.PersonMayBeAsked.Add(ParkReason.PackageCancelled),
            });
        }

        if (world.Stored.Status == OrderStatus.Parked && Free(world, Chance.Resume))
        {
            yield return new("a person resumes the order", false, engine.Ask(world.Take(Chance.Resume), 'A', new ResumeOrder(World.At(world.Now))).World);
        }

        if (!scope.NobodyElseBuys && world.Cancel == MarketCancel.None && Free(world, Chance.SomebodyBuys))
        {
            World Bought(params ReadOnlySpan<int> lines) => world.Take(Chance.SomebodyBuys) with
            {
                Sales = world.Sales.Add(new Sale($"pk-{world.Sales.Length + 1}", 0, [.. lines], world.Now, false)),
                PersonMayBeAsked = world.PersonMayBeAsked.Add(ParkReason.ForeignPackage).Add(ParkReason.SecondLabel),
            };
            yield return new("somebody else buys all lines", false, Bought(1, 2));
            yield return new("somebody else buys the first line", false, Bought(1));
        }
    }

    private IEnumerable<Step> OfTime(World world)
    {
        var effectDue = world.Calls.Any(c => c.Phase == CallPhase.Accepted && world.Now - c.AcceptedAt >= ModelScope.ExecutesWithin);
        if (effectDue)
        {
            yield break;
        }

        var later = world with { Now = world.Now + 1 };
        foreach (var sale in world.Sales.Where(s => scope.SalesBecomeVisible && !s.Visible && later.Now - s.SoldAt >= ModelScope.VisibleWithin))
        {
            later = Seen(later, sale);
        }

        yield return new("time passes", true, Abandoned(later));
    }

    private static World Seen(World world, Sale sale) => world with
    {
        Sales = world.Sales.Replace(sale, sale with { Visible = true }),
        FactsVersion = world.FactsVersion + 1,
    };

    /// <summary>Takes away what nobody waits for any more and what cannot do anything any more.</summary>
    private World Abandoned(World world)
    {
        bool Awaited(Call call) => world.A.Desk is Desk.Waiting a && a.Attempt == call.Attempt || world.B.Desk is Desk.Waiting b && b.Attempt == call.Attempt;
        bool Dead(Call call) => call.Phase switch
        {
            CallPhase.Done => !Awaited(call),
            CallPhase.Travelling => rules.SignedOnce && scope.SignaturesExpire && world.Now - call.SignedAt > ModelScope.SignatureWindow + ModelScope.Skew && !Awaited(call),
            _ => false,
        };
        return world.Calls.Any(Dead) ? world with { Calls = [.. world.Calls.Where(c => !Dead(c))] } : world;
    }

    private static CallOutcome<PurchasedLabel> Rejected(RefusalClass refusal) =>
        new CallOutcome<PurchasedLabel>.Rejected("fulfillment", "1", refusal, "no", null);
}
