using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Ports;
using Engine.Grains;
using Engine.Storage;
using Engine.Storage.Journal;
using Engine.Storage.Secrets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Engine.LoadTests.Limits;

/// <summary>The product's own order grains over the product's own journal: every step is a command that the order decides.</summary>
/// <param name="withEvents">False: the same decisions, with the events left out of what is written, as the stock persistence has none.</param>
public sealed class GrainsContender(BenchDatabase database, bool withEvents) : IContender
{
    private IHost? host;
    private EngineDataSources? sources;
    private PostgresOrderJournal? journal;

    public string Name => withEvents ? "grains_events" : "grains";

    public async Task PrepareAsync(CancellationToken ct)
    {
        await DisposeAsync();
        await database.ExecuteAsync("truncate orders, order_events, order_documents, order_lines, order_work, packages, package_lines", ct);
        sources = database.Open();
        journal = new PostgresOrderJournal(
            sources.Pool,
            sources.Lanes,
            new ShopDataKeys(sources.Pool, KeyRing.Parse("load:" + Convert.ToBase64String(new byte[32]))),
            new JournalSignals(),
            new JournalOptions { EventsLeftOutToMeasure = !withEvents },
            NoJournalInstruments.Instance,
            TimeProvider.System);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(LoopbackPort.Free(), LoopbackPort.Free()));
        builder.Services.AddEngineContracts();
        builder.Services.Configure<GrainsOptions>(_ => { });
        builder.Services.AddSingleton<EngineInstruments>();
        builder.Services.AddKeyedSingleton(Clocks.Business, TimeProvider.System);
        builder.Services.AddSingleton<IOrderJournal>(withEvents ? journal : new StateOnly(journal));
        host = builder.Build();
        await host.StartAsync(ct);
    }

    public Task<RunResult> RunAsync(int inFlight, TimeSpan duration, CancellationToken ct)
    {
        var grains = host!.Services.GetRequiredService<IGrainFactory>();
        return ClosedLoop.RunAsync(inFlight, duration, LiveAsync, ct);

        async Task LiveAsync(long life)
        {
            var key = OrderLife.KeyOf(life);
            var grain = grains.Order(key);
            for (var step = 0; step < OrderLife.Steps; step++)
            {
                var answer = (await grain.AskAsync(OrderLife.QuestionOf(key, step)).ConfigureAwait(false)).Value;
                if (answer.Result != AskResult.Accepted)
                {
                    throw new InvalidOperationException($"Step {step} of {key}: {answer.Result} {answer.Message}");
                }
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
            await journal!.DisposeAsync();
            await sources!.DisposeAsync();
        }
    }

    private sealed class StateOnly(IOrderJournal inner) : IOrderJournal
    {
        public ValueTask<LoadedOrder?> LoadAsync(Domain.Orders.OrderKey key, CancellationToken ct) => inner.LoadAsync(key, ct);

        public ValueTask<AppendAnswer> AppendAsync(AppendUnit unit, CancellationToken ct) =>
            inner.AppendAsync(unit with { Orders = [.. unit.Orders.Select(o => o with { Events = [], Work = [], FormerWork = [] })] }, ct);
    }
}
