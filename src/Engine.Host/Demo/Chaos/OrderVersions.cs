using Engine.Host.Verification;
using Npgsql;

namespace Engine.Host.Demo.Chaos;

/// <summary>Looks at every order while the engine works: at any instant its version is that of its last event, and never lower than it was. What an overtaken
/// writer puts over another's work is mended by the next one who writes the whole row, and is not to be seen at the end.</summary>
internal sealed class OrderVersions : IAsyncDisposable
{
    private const string Versions =
        "select o.shop, o.order_id, o.version, (select max(e.version) from order_events e where e.shop = o.shop and e.order_id = o.order_id) from all_orders o";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly NpgsqlDataSource database;
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<(string Shop, string OrderId), int> seen = [];
    private readonly SortedDictionary<string, string> broken = new(StringComparer.Ordinal);
    private readonly Task watching;
    private long looks;

    private OrderVersions(NpgsqlDataSource database)
    {
        this.database = database;
        watching = WatchAsync();
    }

    public static OrderVersions Watch(NpgsqlDataSource database) => new(database);

    /// <summary>Ends the watch.</summary>
    public async Task<InvariantCheck> CheckAsync()
    {
        await stop.CancelAsync();
        await watching;
        return new(
            "4 fold, at every look",
            broken.Count == 0 && looks > 0,
            broken.Count == 0 ? $"{seen.Count} orders, {looks} looks: none was behind its events or its past" : $"{broken.Count} orders: {string.Join("; ", broken.Values.Take(10))}");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(LookEvery, TimeProvider.System, stop.Token);
                try
                {
                    await LookAsync();
                }
                catch (Exception e) when (e is NpgsqlException or TimeoutException && !stop.IsCancellationRequested)
                {
                    // The database is taken away on purpose, and RunWatch says so; the next look is soon.
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task LookAsync()
    {
        await using var command = database.CreateCommand(Versions);
        await using var reader = await command.ExecuteReaderAsync(stop.Token);
        while (await reader.ReadAsync(stop.Token))
        {
            var key = (Shop: reader.GetString(0), OrderId: reader.GetString(1));
            var version = reader.GetInt32(2);
            var ofEvents = await reader.IsDBNullAsync(3, stop.Token) ? 0 : reader.GetInt32(3);
            var before = seen.GetValueOrDefault(key);
            if (version != ofEvents || version < before)
            {
                broken.TryAdd($"{key.Shop}/{key.OrderId}", $"{key.Shop}/{key.OrderId} stood at version {version}, its last event at {ofEvents}, and it had been at {before}");
            }

            seen[key] = Math.Max(before, version);
        }

        looks++;
    }
}
