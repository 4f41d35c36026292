using Engine.Domain;
using Engine.Domain.Ports;
using Engine.Grains;
using Prometheus;

namespace Engine.Host.Metrics;

/// <summary>Gauges that are read from the database: open orders by due day, and how far the journal's readers are behind.</summary>
/// <remarks>One pass over the hot table per period. A shop without open orders shows 0 as long as the host has seen it.</remarks>
internal sealed partial class StateGauges(
    IOrderQueries orders,
    IJournalFeed journal,
    EngineInstruments instruments,
    [FromKeyedServices(Clocks.System)] TimeProvider system,
    [FromKeyedServices(Clocks.Business)] TimeProvider business,
    ILogger<StateGauges> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private static readonly Gauge Open = Prometheus.Metrics.CreateGauge(
        "engine_orders_open", "Orders that are neither scanned nor final, by when their dispatch deadline falls.", "shop", "due");

    private static readonly Gauge Lag = Prometheus.Metrics.CreateGauge(
        "engine_journal_lag_seconds", "How long a reader of the journal has not been at its end; 'horizon' is the age of the oldest running transaction.", "reader");

    private static readonly Gauge Behind = Prometheus.Metrics.CreateGauge(
        "engine_journal_rows_behind", "Committed journal rows that some reader has not applied.");

    private static readonly Gauge ExceptionsOpen = Prometheus.Metrics.CreateGauge(
        "engine_exceptions_open", "Orders that stand before a person, by reason.", "reason");

    private static readonly Gauge OldestException = Prometheus.Metrics.CreateGauge(
        "engine_exceptions_oldest_seconds", "Business time for which the oldest order of a reason has stood before a person; 0 when there is none.", "reason");

    private readonly HashSet<string> shownReasons = new(StringComparer.Ordinal);
    private readonly HashSet<(string Shop, string Due)> shown = [];
    private long? behindSince;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, system);
        try
        {
            do
            {
                try
                {
                    await ReadAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    ReadFailed(e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        Lag.WithLabels("horizon").Set((await journal.HorizonAgeAsync(ct)).TotalSeconds);
        var (head, applied) = await journal.ProgressAsync(ct);
        Behind.Set(Math.Max(0, head - applied));
        behindSince = applied >= head ? null : behindSince ?? system.GetTimestamp();
        Lag.WithLabels("late_dispatch").Set(behindSince is { } since ? system.GetElapsedTime(since).TotalSeconds : 0);

        var counts = new Dictionary<(string Shop, string Due), long>();
        foreach (var count in await orders.CountAsync(business.GetUtcNow(), ct))
        {
            if (count.Due is { } due)
            {
                var key = (instruments.LabelOf(count.Shop), due.ToString().ToLowerInvariant());
                counts[key] = counts.GetValueOrDefault(key) + count.Orders;
            }
        }

        shown.UnionWith(counts.Keys);
        foreach (var key in shown)
        {
            Open.WithLabels(key.Shop, key.Due).Set(counts.GetValueOrDefault(key));
        }

        await ReadExceptionsAsync(ct);
    }

    private async Task ReadExceptionsAsync(CancellationToken ct)
    {
        var now = business.GetUtcNow();
        var byReason = (await orders.CountExceptionsAsync(ct)).ToLookup(c => c.Reason, StringComparer.Ordinal);
        shownReasons.UnionWith(byReason.Select(r => r.Key));
        foreach (var reason in shownReasons)
        {
            ExceptionsOpen.WithLabels(reason).Set(byReason[reason].Sum(c => c.Orders));
            OldestException.WithLabels(reason).Set(byReason[reason].Select(c => (now - c.OldestSince).TotalSeconds).DefaultIfEmpty(0).Max());
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Gauges could not be read from the database ({Error}); the last values stay")]
    private partial void ReadFailed(string error);
}
