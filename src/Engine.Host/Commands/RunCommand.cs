using Engine.Host.Clock;
using Engine.Host.Cluster;
using Engine.Host.Metrics;
using Engine.Host.Startup;
using Engine.Storage;
using Engine.Storage.Labels;
using Npgsql;

namespace Engine.Host.Commands;

/// <summary>Without a command: the engine runs until it is told to stop. Exit code 0 after an orderly stop, 2 when it cannot start.</summary>
internal static class RunCommand
{
    public static Task<int> RunAsync(CancellationToken ct) => Start.ReportAsync(async () =>
    {
        var configuration = Start.Configuration();
        var (settings, database) = await Start.CheckAsync(configuration, ct);
        await using (database)
        {
            var clock = await BusinessClock.ChooseAsync(settings, ct);
            await using var name = await HostNameLock.TakeAsync(database.ConnectionString, settings.Cluster, ct);
            await using var turn = await StartTurn.TakeAsync(database.ConnectionString, settings.Cluster, StartTurn.Patience, ct);
            EngineMetrics.Start();
            var app = EngineHost.Build(settings, database.ConnectionString, clock, configuration);
            await using (app)
            {
                await CheckDurabilityAsync(app.Services.GetRequiredService<NpgsqlDataSource>(), ct);
                await ProveVaultAsync(app.Services.GetRequiredService<NpgsqlDataSource>(), settings.VaultFolder, ct);
                await EngineMetrics.CollectOnceAsync(ct);
                await app.StartAsync(ct);
                Console.WriteLine($"Engine {settings.Cluster.HostName} listens on {settings.Http.GetLeftPart(UriPartial.Authority)}, with {database.Description}, silo port {settings.Cluster.SiloPort}.");
                var stopped = app.WaitForShutdownAsync(CancellationToken.None);
                await turn.GiveOnAsync(stopped, TimeProvider.System);
                await stopped;
            }
        }

        return 0;
    });

    /// <summary>What is acknowledged must survive power loss.</summary>
    private static async Task CheckDurabilityAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var server = await ServerReport.ReadAsync(database, ct);
        Console.WriteLine($"Database: {server}.");
        if (!server.IsDurable)
        {
            throw new StartProblemException([$"The database would lose acknowledged work ({server}): switch fsync, full_page_writes and synchronous_commit on, and connect to the primary."]);
        }
    }

    private static async Task ProveVaultAsync(NpgsqlDataSource database, string folder, CancellationToken ct)
    {
        try
        {
            await VaultMarker.ProveAsync(database, folder, ct);
        }
        catch (VaultFolderException e)
        {
            throw new StartProblemException([e.Message]);
        }
    }
}
