using Npgsql;
using Orleans.Runtime;

namespace Engine.Host.Demo.Recovery;

/// <summary>What the hosts' membership table says.</summary>
internal sealed class Membership(NpgsqlDataSource database)
{
    /// <summary>Rows of dead silos, by host: one for each process of it that was declared dead or has left.</summary>
    public async Task<IReadOnlyDictionary<string, int>> DeadAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("select SiloName, count(*)::integer from OrleansMembershipTable where Status = $1 group by 1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)SiloStatus.Dead });
        var dead = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            dead[reader.GetString(0)] = reader.GetInt32(1);
        }

        return dead;
    }
}
