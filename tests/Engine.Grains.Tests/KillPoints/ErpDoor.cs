using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Engine.Contracts;
using Engine.Domain;
using Engine.Domain.Ports;
using Engine.FrontDoor;
using Engine.FrontDoor.Access;
using Engine.FrontDoor.Webhooks;
using Engine.Storage;
using Engine.Testing.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engine.Grains.Tests.KillPoints;

/// <summary>An event as an ERP was told it.</summary>
internal sealed record ToldEvent(string Id, string OrderId, int Version, string Type);

/// <summary>The front door of a host over the database of a cluster, in a real Kestrel, and an ERP that reads there.</summary>
internal sealed class ErpDoor : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient erp;
    private bool closed;

    private ErpDoor(WebApplication app, string key)
    {
        this.app = app;
        erp = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        erp.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public static async Task<ErpDoor> OpenAsync(Installation installation, IGrainFactory grains, IPausePoints points)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services
            .AddKeyedSingleton(Clocks.Business, TimeProvider.System)
            .AddKeyedSingleton(Clocks.System, TimeProvider.System)
            .AddEngineStorage(
                new EngineStorageOptions { ConnectionString = installation.ConnectionString, KeyRing = TestStorage.Ring, LabelFolder = installation.LabelFolder }, Clocks.System)
            .AddSingleton(points)
            .AddSingleton(grains)
            .AddSingleton<HostActivity>()
            .AddSingleton<IMarketplaceHints, NoHints>()
            .AddSingleton<IFrontDoorInstruments, NoInstruments>()
            .AddEngineFrontDoor(o => o.CursorKey = new byte[32]);
        var app = builder.Build();
        app.MapEngineFrontDoor();
        await app.StartAsync();
        var key = ApiKeys.Create(EngineCluster.Merchant, scopes: [Scopes.EventsRead]);
        await app.Services.GetRequiredService<IApiKeys>().AddAsync(key.Record, CancellationToken.None);
        return new ErpDoor(app, key.Plaintext);
    }

    /// <summary>Everything there is to be told, from the very beginning.</summary>
    public async Task<IReadOnlyList<ToldEvent>> ReadAllAsync()
    {
        var told = new List<ToldEvent>();
        for (var path = "/v1/events?limit=500"; ;)
        {
            var page = await erp.GetFromJsonAsync<JsonElement>(path);
            told.AddRange(page.GetProperty("events").EnumerateArray().Select(e => new ToldEvent(
                e.GetProperty("id").GetString()!,
                e.GetProperty("data").GetProperty("order_id").GetString()!,
                e.GetProperty("data").GetProperty("version").GetInt32(),
                e.GetProperty("type").GetString()!)));
            if (!page.GetProperty("has_more").GetBoolean())
            {
                return told;
            }

            path = $"/v1/events?limit=500&cursor={page.GetProperty("next_cursor").GetString()}";
        }
    }

    /// <summary>As a killed host leaves: whatever is under way gets no further.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closed)
        {
            return;
        }

        closed = true;
        erp.Dispose();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private sealed class NoHints : IMarketplaceHints
    {
        public HintReading Read(string? signatureHeader, ReadOnlySpan<byte> body) => new HintReading.Forged();
    }

    private sealed class NoInstruments : IFrontDoorInstruments
    {
        public void WebhookReceived(WebhookResult result, TimeSpan took)
        {
        }

        public void ApiAnswered(string operation, int statusCode, TimeSpan took)
        {
        }
    }
}
