using System.Collections.Concurrent;
using Engine.Domain;
using Engine.Domain.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.FrontDoor.Access;

/// <summary>Keys as last looked up, for a short time: also those that do not exist.</summary>
internal sealed class ApiKeyCache(
    IApiKeys keys, [FromKeyedServices(Clocks.System)] TimeProvider clock, IOptions<FrontDoorOptions> options)
{
    /// <summary>Bounds what somebody who guesses key ids can make us keep; then everything is looked up again (invented).</summary>
    private const int EntriesMax = 4096;

    private readonly ConcurrentDictionary<string, (ApiKeyRecord? Key, long ReadAt)> entries = new(StringComparer.Ordinal);

    public async ValueTask<ApiKeyRecord?> FindAsync(string keyId, CancellationToken ct)
    {
        if (entries.TryGetValue(keyId, out var entry) && clock.GetElapsedTime(entry.ReadAt) < options.Value.KeyCacheLife)
        {
            return entry.Key;
        }

        var readAt = clock.GetTimestamp();
        var key = await keys.FindAsync(keyId, ct);
        if (entries.Count >= EntriesMax)
        {
            entries.Clear();
        }

        entries[keyId] = (key, readAt);
        return key;
    }
}
