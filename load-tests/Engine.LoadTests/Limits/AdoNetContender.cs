using Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Engine.LoadTests.Limits;

/// <summary>Orleans with its own ADO.NET persistence at the settings that measured best: System.Text.Json, 16 connections, prepared.</summary>
public sealed class AdoNetContender(BenchDatabase database, bool withEvents) : IContender
{
    private IHost? host;

    public string Name => withEvents ? "adonet_events" : "adonet";

    public async Task PrepareAsync(CancellationToken ct)
    {
        await DisposeAsync();
        await database.ExecuteAsync("truncate OrleansStorage", ct);
        await using var sources = database.Open();
        var connectionString = sources.ConnectionString;
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(LoopbackPort.Free(), LoopbackPort.Free());
            silo.UseSystemTextJsonGrainStorageSerializer();
            silo.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(2));
            silo.AddAdoNetGrainStorage(StoredOrderGrain.Provider, o =>
            {
                o.Invariant = "Npgsql";
                o.ConnectionString = connectionString;
            });
        });
        host = builder.Build();
        await host.StartAsync(ct);
    }

    public Task<RunResult> RunAsync(int inFlight, TimeSpan duration, CancellationToken ct)
    {
        var grains = host!.Services.GetRequiredService<IGrainFactory>();
        return ClosedLoop.RunAsync(inFlight, duration, LiveAsync, ct);

        async Task LiveAsync(long life)
        {
            var grain = grains.GetGrain<IStoredOrderGrain>(OrderLife.KeyOf(life).ToString());
            for (var step = 0; step < OrderLife.Steps; step++)
            {
                await grain.StepAsync(step, withEvents).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null)
        {
            await host.StopAsync();
            host.Dispose();
            host = null;
        }
    }
}

public interface IStoredOrderGrain : IGrainWithStringKey
{
    Task StepAsync(int step, bool withEvents);
}

/// <summary>The same order with Orleans' own persistence: its state is one document, written whole at every step.</summary>
public sealed class StoredOrderGrain([PersistentState("order", StoredOrderGrain.Provider)] IPersistentState<StoredOrderState> state) : Grain, IStoredOrderGrain
{
    public const string Provider = "stock";

    public async Task StepAsync(int step, bool withEvents)
    {
        var next = OrderLife.StateOf(Domain.Orders.OrderKey.Parse(this.GetPrimaryKeyString()), step);
        state.State.Merchant = next.Merchant.Value;
        state.State.Version = next.Version;
        state.State.Status = (short)next.Status;
        state.State.MarketplaceStatus = (short)next.MarketplaceStatus;
        state.State.Fulfiller = (short)next.Fulfiller;
        state.State.Shipping = (short)next.Shipping;
        state.State.CancelRequested = next.CancelRequested;
        state.State.Late = next.Late;
        state.State.PlacedAt = next.PlacedAt;
        state.State.UpdatedAt = next.UpdatedAt;
        state.State.ChangedAt = next.ChangedAt;
        state.State.ReleasedAt = next.ReleasedAt;
        state.State.LabelBy = next.Deadlines.LabelBy;
        state.State.DispatchBy = next.Deadlines.DispatchBy;
        state.State.CancelledIfUnlabelledAt = next.Deadlines.CancelledIfUnlabelledAt;
        state.State.CancelledIfUnscannedAt = next.Deadlines.CancelledIfUnscannedAt;
        state.State.FirstScanAt = next.FirstScanAt;
        state.State.CancelledAt = next.CancelledAt;
        state.State.Warehouse = next.WarehouseId;
        state.State.Document ??= Text;
        if (withEvents)
        {
            // The only place that stock persistence has for an event of the same commit: the state itself.
            state.State.Events.Add(OrderLife.EventTextOf(step));
        }

        await state.WriteStateAsync();
    }

    private static readonly string Text = System.Text.Encoding.UTF8.GetString(OrderLife.Document);
}

public sealed class StoredOrderState
{
    public string Merchant { get; set; } = "";

    public int Version { get; set; }

    public short Status { get; set; }

    public short MarketplaceStatus { get; set; }

    public short Fulfiller { get; set; }

    public short Shipping { get; set; }

    public bool CancelRequested { get; set; }

    public bool? Late { get; set; }

    public DateTimeOffset PlacedAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    public DateTimeOffset ChangedAt { get; set; }

    public DateTimeOffset? ReleasedAt { get; set; }

    public DateTimeOffset? LabelBy { get; set; }

    public DateTimeOffset? DispatchBy { get; set; }

    public DateTimeOffset? CancelledIfUnlabelledAt { get; set; }

    public DateTimeOffset? CancelledIfUnscannedAt { get; set; }

    public DateTimeOffset? FirstScanAt { get; set; }

    public DateTimeOffset? CancelledAt { get; set; }

    public string? Warehouse { get; set; }

    public string? Document { get; set; }

    public List<string> Events { get; set; } = [];
}
