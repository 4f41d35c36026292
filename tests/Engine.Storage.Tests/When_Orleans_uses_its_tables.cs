using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Engine.Storage.Tests;

/// <summary>Our SQL under Orleans' own providers: membership of two silos, and stored state with its versions.</summary>
public sealed class When_Orleans_uses_its_tables(PostgresFixture postgres) : DatabaseTests(postgres)
{
    [Fact]
    public async Task Two_silos_find_each_other_and_one_that_leaves_is_seen_as_dead()
    {
        using var first = await StartSiloAsync();
        using var second = await StartSiloAsync();
        var management = first.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        var silos = await management.GetHosts(onlyActive: true);
        Assert.Equal(2, silos.Count);
        await second.StopAsync();
        Assert.Single(await management.GetHosts(onlyActive: true));
        Assert.Equal(2L, await Storage.ScalarAsync<long>("select count(*) from OrleansMembershipTable"));

        var table = first.Services.GetRequiredService<IMembershipTable>();
        await table.CleanupDefunctSiloEntriesAsync(DateTimeOffset.MaxValue, default);
        var left = await table.ReadAllAsync(default);
        Assert.Equal(SiloStatus.Active, Assert.Single(left.Members).Item1.Status);

        // A writer with an old version of the table is refused: that keeps two views of the cluster apart.
        var entry = left.Members[0].Item1;
        var stale = new TableVersion(left.Version.Version, "0");
        Assert.False(await table.UpdateRowAsync(entry, left.Members[0].Item2, stale, default));
        Assert.True(await table.UpdateRowAsync(entry, left.Members[0].Item2, left.Version.Next(), default));
        await first.StopAsync();
    }

    [Fact]
    public async Task State_is_written_read_and_cleared_and_a_stale_writer_is_refused()
    {
        using var silo = await StartSiloAsync();
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>("stock");
        var grain = GrainId.Create("shop", "shop-a");
        var state = new GrainState<Note>(new Note());
        await storage.ReadStateAsync("note", grain, state);
        Assert.False(state.RecordExists);

        state.State!.Text = "one";
        await storage.WriteStateAsync("note", grain, state);
        var rival = new GrainState<Note>(new Note());
        await storage.ReadStateAsync("note", grain, rival);
        Assert.Equal("one", rival.State!.Text);

        state.State!.Text = "two";
        await storage.WriteStateAsync("note", grain, state);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("note", grain, rival));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("note", grain, new GrainState<Note>(new Note())));

        await storage.ClearStateAsync("note", grain, state);
        var cleared = new GrainState<Note>(new Note());
        await storage.ReadStateAsync("note", grain, cleared);
        Assert.Null(cleared.State!.Text);
        cleared.State!.Text = "three";
        await storage.WriteStateAsync("note", grain, cleared);
        Assert.Equal(1L, await Storage.ScalarAsync<long>("select count(*) from OrleansStorage"));
        await silo.StopAsync();
    }

    [Fact]
    public async Task Of_two_activations_that_write_first_one_is_refused()
    {
        using var silo = await StartSiloAsync();
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>("stock");
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await storage.WriteStateAsync("note", GrainId.Create("shop", "shop-race"), new GrainState<Note>(new Note { Text = $"{i}" }));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));
        Assert.Single(results, won => won);
        await silo.StopAsync();
    }

    private async Task<IHost> StartSiloAsync()
    {
        await using var sources = EngineDataSources.Open(ConnectionString);
        var connectionString = sources.ConnectionString;
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("test", "test"));
            silo.ConfigureEndpoints(IPAddress.Loopback, FreePort(), FreePort());
            silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connectionString));
            silo.UseSystemTextJsonGrainStorageSerializer();
            silo.AddAdoNetGrainStorage("stock", o => (o.Invariant, o.ConnectionString) = ("Npgsql", connectionString));
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public sealed class Note
    {
        public string? Text { get; set; }
    }
}
