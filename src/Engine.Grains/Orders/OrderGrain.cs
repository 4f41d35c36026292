using System.Collections.Immutable;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Engine.Grains.Orders;

/// <summary>One order: load, decide, append, apply, reply. Every rule is in <see cref="OrderDecider"/>.</summary>
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 2)]
internal sealed partial class OrderGrain(
    IOrderJournal journal,
    IOptions<GrainsOptions> options,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    EngineInstruments instruments,
    ILogger<OrderGrain> log) : Grain, IOrderGrain
{
    private const int TriesMax = 5;

    /// <summary>The newest state known to be stored; null = not loaded. Replaced only after a write has succeeded.</summary>
    private OrderState? stored;

    /// <summary>This activation has written <see cref="stored"/> itself, so its work rows are those of our own rules and settings.</summary>
    private bool writtenHere;

    private OrderKey Key => OrderKey.Parse(this.GetPrimaryKeyString());

    public async Task<Carried<OrderAnswer>> AskAsync(Carried<OrderQuestion> carried)
    {
        var question = carried.Value;
        try
        {
            var answer = await DecideAndAppendAsync(question);
            if (answer.Order?.Status.IsFinal() == true)
            {
                DeactivateOnIdle();
            }

            return answer;
        }
        catch (JournalUnavailableException e)
        {
            LogUnavailable(Key, e);
            Forget();
            return new OrderAnswer(AskResult.Unavailable, null, null, "The database cannot be asked just now; try again.");
        }
    }

    public async Task<Carried<OrderState?>> GetAsync(int storedVersion)
    {
        try
        {
            return new Carried<OrderState?>(Known(storedVersion) ?? (await LoadAsync())?.State);
        }
        catch
        {
            Forget();
            throw;
        }
    }

    private async Task<OrderAnswer> DecideAndAppendAsync(OrderQuestion question)
    {
        for (var attempt = 1; attempt <= TriesMax; attempt++)
        {
            var before = Known(question.StoredVersion) ?? (question.ProbablyNew && attempt == 1 ? null : (await LoadAsync())?.State)
                ?? OrderState.Empty(Key, question.Merchant);
            if (before.Merchant != question.Merchant)
            {
                throw new InvalidOperationException($"Order {Key} belongs to merchant {before.Merchant}, not to {question.Merchant}.");
            }

            switch (Decide(before, question))
            {
                case Decision.Nothing:
                    return new OrderAnswer(AskResult.AlreadyDone, before);
                case Decision.Refused r:
                    return new OrderAnswer(AskResult.Refused, before.Version == 0 ? null : before, r.Reason, r.Message);
                case Decision.Accepted a:
                    var at = business.GetUtcNow();
                    var after = OrderFold.Evolve(before, a.Events, at);
                    switch (await AppendAsync(question, before, after, a.Events, at))
                    {
                        case AppendResult.Accepted:
                            stored = after;
                            writtenHere = true;
                            instruments.Happened(after.Key.Shop, before, after);
                            return new OrderAnswer(AskResult.Accepted, after);
                        case AppendResult.Conflict or AppendResult.Unknown:
                            // Somebody else was here, or nobody knows whether we were: what is stored decides.
                            LogOvertaken(Key, before.Version, question.Command.GetType().Name);
                            stored = null;
                            if (await LoadAsync() is { } now && now.LastCommandId == question.Causation.CommandId)
                            {
                                return new OrderAnswer(AskResult.Accepted, now.State);
                            }

                            continue;
                        case AppendResult.Refused when question.Command is ObserveOrder observed:
                            // The rows themselves are refused: what can be recorded is that the order exists and why it waits.
                            question = question with { Command = PoisonOf(observed, "its rows are refused by the database"), Document = default, Recipient = default };
                            stored = null;
                            continue;
                        case AppendResult.Refused:
                            Forget();
                            return new OrderAnswer(AskResult.Unavailable, null, null, $"Order {Key} could not be stored; see the log.");
                        default:
                            Forget();
                            return new OrderAnswer(AskResult.Unavailable, null, null, "The database takes no writes just now; try again.");
                    }

                default:
                    throw new InvalidOperationException("A decision is accepted, nothing or refused.");
            }
        }

        Forget();
        return new OrderAnswer(AskResult.Unavailable, null, null, $"Order {Key} is being changed by others; try again.");
    }

    /// <summary>A rule that breaks over one order of the marketplace parks that order; anything else that breaks is an error of its asker.</summary>
    private Decision Decide(OrderState before, OrderQuestion question)
    {
        try
        {
            return OrderDecider.Decide(before, question.Command, options.Value.Policy);
        }
        catch (Exception e) when (question.Command is ObserveOrder observed)
        {
            LogPoison(Key, e);
            return OrderDecider.Decide(before, PoisonOf(observed, $"a rule of the engine broke over it ({e.GetType().Name})"), options.Value.Policy);
        }
    }

    private RecordPoison PoisonOf(ObserveOrder observed, string why) =>
        new(observed.Facts.PlacedAt, observed.Facts.UpdatedAt, why, business.GetUtcNow());

    private async ValueTask<AppendResult> AppendAsync(
        OrderQuestion question, OrderState before, OrderState after, ImmutableArray<OrderEvent> events, DateTimeOffset at)
    {
        var factsStored = events.Any(e => e is OrderReceived or OrderUpdated);
        var answer = await journal.AppendAsync(
            new AppendUnit
            {
                Orders =
                [
                    new OrderAppend
                    {
                        ExpectedVersion = before.Version,
                        After = after,
                        Events = events,
                        Work = NextStep.Of(after, options.Value.Policy),
                        FormerWork = writtenHere ? NextStep.Of(before, options.Value.Policy) : null,
                        Document = factsStored ? question.Document : default,
                        Recipient = factsStored ? question.Recipient : default,
                        LinesChanged = before.WarehouseId != after.WarehouseId || !before.Lines.SequenceEqual(after.Lines),
                        ParcelsChanged = !before.Parcels.SequenceEqual(after.Parcels),
                        ParcelLinesChanged = !ParcelPlanner.HoldSameLines(before.Parcels, after.Parcels),
                    },
                ],
                Causation = question.Causation,
                At = at,
                Idempotency = question.Idempotency,
            },
            CancellationToken.None);
        if (answer.Result is not (AppendResult.Accepted or AppendResult.Conflict))
        {
            LogAppendFailed(Key, answer.Result, answer.Detail);
        }

        return answer.Result;
    }

    /// <summary>What is in memory, unless something newer is known to be stored: an activation on a host that was frozen, and declared dead, may have had the last word.
    /// Whoever decides nothing writes nothing, and would never find out.</summary>
    private OrderState? Known(int storedVersion)
    {
        if (stored is { } known && known.Version < storedVersion)
        {
            LogBehind(Key, known.Version, storedVersion);
            stored = null;
        }

        return stored;
    }

    private async ValueTask<LoadedOrder?> LoadAsync()
    {
        var loaded = await journal.LoadAsync(Key, CancellationToken.None);
        stored = loaded?.State;
        writtenHere = false;
        return loaded;
    }

    /// <summary>What is in memory may not be what is stored: the next call starts from the database, in a new activation.</summary>
    private void Forget()
    {
        stored = null;
        writtenHere = false;
        DeactivateOnIdle();
    }

    [LoggerMessage(LogLevel.Information, "Order {Order}: {Command}, decided on version {Version}, was not written; deciding anew on what is stored")]
    private partial void LogOvertaken(OrderKey order, int version, string command);

    [LoggerMessage(LogLevel.Information, "Order {Order}: version {Version} is in memory, {Stored} is stored by somebody else; read again")]
    private partial void LogBehind(OrderKey order, int version, int stored);

    [LoggerMessage(LogLevel.Warning, "Order {Order}: the journal cannot be asked")]
    private partial void LogUnavailable(OrderKey order, Exception exception);

    [LoggerMessage(LogLevel.Error, "Order {Order}: cannot be taken in; recorded as an exception for a person")]
    private partial void LogPoison(OrderKey order, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Order {Order}: append ended as {Result}: {Detail}")]
    private partial void LogAppendFailed(OrderKey order, AppendResult result, string? detail);
}
