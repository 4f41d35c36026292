using Engine.FrontDoor.Health;
using Npgsql;
using Orleans.Runtime;

namespace Engine.Host.Health;

/// <summary>The database answers.</summary>
internal sealed class DatabaseReadiness(NpgsqlDataSource database) : IReadiness
{
    public string Name => "database";

    public async ValueTask<ReadinessResult> CheckAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select 1");
        await command.ExecuteScalarAsync(ct);
        return new ReadinessResult(true);
    }
}

/// <summary>This silo is an active member of its cluster.</summary>
internal sealed class SiloReadiness(ISiloStatusOracle silos) : IReadiness
{
    public string Name => "silo";

    public ValueTask<ReadinessResult> CheckAsync(CancellationToken ct) =>
        ValueTask.FromResult(new ReadinessResult(silos.CurrentStatus == SiloStatus.Active, silos.CurrentStatus.ToString().ToLowerInvariant()));
}
