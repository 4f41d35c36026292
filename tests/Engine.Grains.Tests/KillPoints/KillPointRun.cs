using System.Collections.Concurrent;
using Engine.Domain.Labels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Testing.Postgres;

namespace Engine.Grains.Tests.KillPoints;

/// <summary>Where the crash finds an order: P0 to P7 of engineering.md 5, P1 and P6 twice.</summary>
public enum CrashAt
{
    P0BeforeTheIntentCommits,
    P1CommittedNotSent,
    P1PermittedNotSent,
    P2SentNotExecuted,
    P3ExecutedAnswerLost,
    P4AnswerReceivedNotStored,
    P5StoredNotTold,
    P6DocumentNotFetched,
    P6DocumentKeptNotRecorded,
    P7ErpToldAnswerLost,
}

/// <summary>One order for each crash and each fault, all in one silo; when each hangs at its point the silo is killed, and another starts.</summary>
/// <remarks>Signature window 1 s, time-out 0.3 s, skew 0.1 s and V 0.3 s on system time: an attempt that bought nothing is proven so in 1.7 s.</remarks>
public sealed class KillPointRun(PostgresFixture postgres) : IAsyncLifetime, IPausePoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> hanging = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> faulted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CellResult> results = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource never = new();
    private EngineCluster? engine;
    private IReadOnlyList<ToldEvent> toldBefore = [];
    private IReadOnlyList<ToldEvent> toldAfter = [];
    private volatile bool killed;

    public static IEnumerable<(CrashAt Crash, CallFault Fault)> Cells =>
        from crash in Enum.GetValues<CrashAt>() from fault in Enum.GetValues<CallFault>() where crash.CanMeet(fault) select (crash, fault);

    /// <summary>What the engine's own checker says of the database at the end.</summary>
    internal string Findings { get; private set; } = "not checked";

    internal CellResult Of(CrashAt crash, CallFault fault) => results[Id(crash, fault)];

    /// <summary>What an ERP was told of an order in the answer behind which the host died, and what it is told when it asks the next host for the same.</summary>
    internal (IReadOnlyList<ToldEvent> Before, IReadOnlyList<ToldEvent> After) Told(CrashAt crash, CallFault fault) =>
        ([.. toldBefore.Where(t => t.OrderId == Id(crash, fault))], [.. toldAfter.Where(t => t.OrderId == Id(crash, fault))]);

    public async ValueTask InitializeAsync()
    {
        var before = await EngineCluster.StartAsync(postgres, 1, this);
        before.Marketplace.Purchase = BuyAsync;

        await using var door = await before.OpenDoorAsync(this);
        await HangTellingAsync(before, door, [.. Cells.Where(c => c.Crash.IsTelling())]);

        // The label desk reads and sends in chunks, and one order that hangs keeps its chunk: those that must get past that desk go first.
        await HangAllAsync(before, [.. Cells.Where(c => c.Crash.IsDocument())]);
        await HangAllAsync(before, [.. Cells.Where(c => !c.Crash.IsDocument() && !c.Crash.IsTelling())]);
        killed = true;
        await door.DisposeAsync();
        engine = await before.KillAndStartAgainAsync();
        foreach (var (crash, fault) in Cells)
        {
            results[Id(crash, fault)] = await ResultAsync(engine, Id(crash, fault));
        }

        // Nobody knows what the ERP has heard: it asks as it asked before.
        await using (var another = await engine.OpenDoorAsync(new NoPausePoints()))
        {
            toldAfter = await another.ReadAllAsync();
        }

        var report = await engine.CheckAsync();
        Findings = string.Join('\n', report);
    }

    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
        {
            await engine.DisposeAsync();
        }
    }

    /// <summary>The engine's own points.</summary>
    public ValueTask ReachAsync(KillPoint point, OrderKey order) => point switch
    {
        KillPoint.BeforeIntent => HangAsync(CrashAt.P0BeforeTheIntentCommits, order.OrderId),
        KillPoint.IntentStored => HangAsync(CrashAt.P1CommittedNotSent, order.OrderId),
        KillPoint.Permitted => HangAsync(CrashAt.P1PermittedNotSent, order.OrderId),
        KillPoint.Answered => HangAsync(CrashAt.P4AnswerReceivedNotStored, order.OrderId),
        KillPoint.OutcomeStored => HangAsync(CrashAt.P5StoredNotTold, order.OrderId),
        KillPoint.BeforeDocument => HangAsync(CrashAt.P6DocumentNotFetched, order.OrderId),
        KillPoint.DocumentKept => HangAsync(CrashAt.P6DocumentKeptNotRecorded, order.OrderId),
        KillPoint.ErpTold => HangAsync(CrashAt.P7ErpToldAnswerLost, order.OrderId),
        _ => throw new InvalidOperationException($"No crash at {point}."),
    };

    /// <summary>The marketplace's side: the two points that lie there, and the fault of the first call that is answered.</summary>
    private async Task<CallOutcome<PurchasedLabel>?> BuyAsync(ScriptedMarketplace marketplace, LabelPurchase purchase)
    {
        var id = purchase.OrderIds[0];
        var (crash, fault) = Cells.First(c => Id(c.Crash, c.Fault) == id);
        if (crash == CrashAt.P2SentNotExecuted && !killed)
        {
            ExecuteHung(fault, marketplace, purchase);
            await HangAsync(crash, id);
        }
        else if (crash == CrashAt.P3ExecutedAnswerLost && !killed)
        {
            ExecuteUnanswered(fault, marketplace, purchase);
            await HangAsync(crash, id);
        }

        return faulted.TryAdd(id, true) ? await fault.MeetAsync(marketplace, purchase) : null;
    }

    /// <summary>P2: what becomes, after the crash, of a request that was sent and not executed.</summary>
    private void ExecuteHung(CallFault fault, ScriptedMarketplace marketplace, LabelPurchase purchase)
    {
        if (fault.IsLate())
        {
            _ = CallFaults.SellLateAsync(marketplace, purchase);
        }
        else if (fault == CallFault.A1ExecutedAfterTheNextSale)
        {
            faulted[purchase.OrderIds[0]] = true;
            marketplace.AfterNextSaleOf(purchase, () => marketplace.Sell(purchase));
        }
    }

    /// <summary>P3: the sale, and whatever hides it from those who did not hear its answer.</summary>
    private void ExecuteUnanswered(CallFault fault, ScriptedMarketplace marketplace, LabelPurchase purchase)
    {
        if (fault == CallFault.A2HiddenUntilTheNextSale)
        {
            faulted[purchase.OrderIds[0]] = true;
            marketplace.HideUntilTheNextSale(purchase);
            return;
        }

        marketplace.Sell(purchase);
        if (fault is CallFault.A3SameLinesBoughtElsewhere or CallFault.A3OneLineBoughtElsewhere)
        {
            fault.BuyElsewhere(marketplace, purchase);
        }
    }

    /// <summary>For ever, if this is where the order's crash is to find it: the silo that asked is killed meanwhile.</summary>
    private async ValueTask HangAsync(CrashAt here, string orderId)
    {
        if (!killed && orderId.StartsWith($"{here}-", StringComparison.Ordinal))
        {
            hanging[orderId].TrySetResult();
            await never.Task;
        }
    }

    /// <summary>Places the orders and waits until each hangs where its crash is to find it.</summary>
    private async Task HangAllAsync(EngineCluster before, IReadOnlyList<(CrashAt Crash, CallFault Fault)> cells)
    {
        await PlaceAsync(before, cells);
        await AllHangAsync(before, cells);
    }

    /// <summary>Brings the orders to their labels, has an ERP read of them, and waits until the answer is out and stands where the crash is to find it.</summary>
    private async Task HangTellingAsync(EngineCluster before, ErpDoor door, IReadOnlyList<(CrashAt Crash, CallFault Fault)> cells)
    {
        await PlaceAsync(before, cells);
        foreach (var (crash, fault) in cells)
        {
            await before.UntilAsync(Id(crash, fault), IsDone, 60);
        }

        toldBefore = await door.ReadAllAsync();
        await AllHangAsync(before, cells);
    }

    private async Task PlaceAsync(EngineCluster before, IReadOnlyList<(CrashAt Crash, CallFault Fault)> cells)
    {
        foreach (var (crash, fault) in cells)
        {
            hanging[Id(crash, fault)] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            before.Place(Id(crash, fault), lines: 2);
        }

        await before.HintAsync();
    }

    private async Task AllHangAsync(EngineCluster before, IReadOnlyList<(CrashAt Crash, CallFault Fault)> cells)
    {
        var ids = cells.Select(c => Id(c.Crash, c.Fault)).ToList();
        try
        {
            await Task.WhenAll(ids.Select(id => hanging[id].Task)).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            var missing = ids.Where(id => !hanging[id].Task.IsCompleted).ToList();
            throw new TimeoutException($"Never at their point: {string.Join(", ", missing)}\n{await before.HistoryAsync(missing[0])}");
        }
    }

    private static bool IsDone(OrderState order) => order.Status == OrderStatus.Parked || order.Parcels is [{ Status: ParcelStatus.Ready }];

    private static async Task<CellResult> ResultAsync(EngineCluster engine, string id)
    {
        string? late = null;
        try
        {
            await engine.UntilAsync(id, IsDone, 60);
        }
        catch (TimeoutException e)
        {
            late = e.Message;
        }

        var order = await engine.OrderAsync(id);
        return new CellResult(order, engine.Marketplace.Sales.Count(s => s.OrderIds[0] == id), late ?? await engine.HistoryAsync(id), await engine.EventsAsync(id));
    }

    private static string Id(CrashAt crash, CallFault fault) => $"{crash}-{fault}";
}

/// <param name="Sold">Labels that the marketplace has sold for the order.</param>
internal sealed record CellResult(OrderState? Order, int Sold, string History, IReadOnlyList<OrderEvent> Events);

internal static class Crashes
{
    public static bool IsDocument(this CrashAt crash) => crash is CrashAt.P6DocumentNotFetched or CrashAt.P6DocumentKeptNotRecorded;

    public static bool IsTelling(this CrashAt crash) => crash == CrashAt.P7ErpToldAnswerLost;

    /// <summary>An order whose lines are partly bought elsewhere stands before a person, and never comes to a label file of ours.</summary>
    public static bool CanMeet(this CrashAt crash, CallFault fault) => !(crash.IsDocument() && fault == CallFault.A3OneLineBoughtElsewhere);
}
