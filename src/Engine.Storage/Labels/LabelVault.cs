using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Channels;
using Engine.Domain.Orders;
using Engine.Domain.Parcels;
using Engine.Domain.Ports;
using Engine.Storage.Secrets;
using Npgsql;

namespace Engine.Storage.Labels;

/// <summary>Seals labels and keeps them. Stores that arrive while one is under way share the next: one file, one row insert for all.</summary>
public sealed class LabelVault : ILabelVault, IAsyncDisposable
{
    private const int BatchMax = 64;
    private const int QueueMax = 1_000;

    private readonly NpgsqlDataSource source;
    private readonly ShopDataKeys keys;
    private readonly ILabelContentStore store;
    private readonly Channel<Request> queue = Channel.CreateBounded<Request>(QueueMax);
    private readonly Task running;

    private LabelVault(NpgsqlDataSource source, ShopDataKeys keys, ILabelContentStore store)
    {
        this.source = source;
        this.keys = keys;
        this.store = store;
        running = Task.Run(RunAsync);
    }

    /// <summary>Over a folder that all hosts share; call <see cref="VaultMarker.ProveAsync"/> first.</summary>
    /// <param name="source">The engine's database.</param>
    /// <param name="keys">What the shops' labels are sealed with.</param>
    /// <param name="folder">An absolute path.</param>
    /// <param name="clock">The system clock: files are named by the hour.</param>
    public static LabelVault InFolder(NpgsqlDataSource source, ShopDataKeys keys, string folder, TimeProvider clock) =>
        new(source, keys, new FolderLabelStore(folder, clock));

    public static LabelVault InPostgres(NpgsqlDataSource source, ShopDataKeys keys) => new(source, keys, new PostgresLabelStore(source));

    public async ValueTask<string> StoreAsync(MerchantId merchant, ShopId shop, ParcelId parcel, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var copy = content.ToArray();
        try
        {
            var key = await keys.GetAsync(merchant, shop, ct).ConfigureAwait(false);
            var name = key.NameOf(copy);
            var request = new Request(
                new SealedLabel(merchant.Value, shop.Value, name, key.Protect(copy, Purpose(shop, name))), parcel.Value, copy.Length);
            await queue.Writer.WriteAsync(request, ct).ConfigureAwait(false);
            await request.Stored.Task.ConfigureAwait(false);
            return name;
        }
        catch (Exception e) when (IsOutage(e) || e is ChannelClosedException)
        {
            throw new VaultUnavailableException($"The label of parcel {shop}/{parcel} could not be stored: {e.Message}", e);
        }
    }

    public async ValueTask<byte[]?> ReadAsync(MerchantId merchant, ShopId shop, string labelKey, CancellationToken ct)
    {
        try
        {
            await using var ask = source.CreateCommand(
                "select shop, label_key, merchant, pack, position, length from label_files where shop = $1 and label_key = $2 and merchant = $3")
                .With(shop.Value, labelKey, merchant.Value);
            if (await ask.ReadAllAsync(Stored, ct).ConfigureAwait(false) is not [var label]
                || await store.ReadAsync(label, ct).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            var key = await keys.FindAsync(shop, ct).ConfigureAwait(false);
            return key?.Unprotect(found, Purpose(shop, labelKey));
        }
        catch (Exception e) when (IsOutage(e) || e is CryptographicException)
        {
            throw new VaultUnavailableException($"The label {labelKey} of shop {shop} could not be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Removes labels stored before <paramref name="storedBefore"/> (the database's clock), at most <paramref name="max"/>; how many. A file
    /// that several share goes once none of them is left and the hour in which it was made is past the same instant.
    /// </summary>
    public async Task<int> PurgeAsync(DateTimeOffset storedBefore, int max, CancellationToken ct)
    {
        await using var list = source.CreateCommand(
            "select shop, label_key, merchant, pack, position, length from label_files where stored_at < $1 order by stored_at limit $2")
            .With(storedBefore.UtcDateTime, max);
        var old = await list.ReadAllAsync(Stored, ct).ConfigureAwait(false);
        foreach (var label in old)
        {
            // The content first: a row without it is found again, a file without a row only by the sweep, which knows no files of one label.
            await store.DeleteAsync(label, ct).ConfigureAwait(false);
        }

        await using var forget = source.CreateCommand(
            "delete from label_files f using unnest($1, $2) as o (shop, label_key) where f.shop = o.shop and f.label_key = o.label_key")
            .With(old.Select(l => l.Shop).ToArray(), old.Select(l => l.LabelKey).ToArray());
        await forget.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        await store.SweepAsync(storedBefore, UsedAsync, ct).ConfigureAwait(false);
        return old.Count;

        async Task<IReadOnlyCollection<string>> UsedAsync(IReadOnlyCollection<string> packs)
        {
            await using var ask = source.CreateCommand("select p from unnest($1) as p where exists (select from label_files f where f.pack = p)")
                .With((object)packs.ToArray());
            return await ask.ReadAllAsync(r => r.GetString(0), ct).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var batch = new List<Request>();
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < BatchMax && queue.Reader.TryRead(out var request))
            {
                batch.Add(request);
            }

            try
            {
                await StoreAsync(batch).ConfigureAwait(false);
            }
            catch (Exception e) when (batch.Count > 1 && e is not OperationCanceledException)
            {
                await StoreOneByOneAsync(batch).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                batch.ForEach(r => r.Stored.TrySetException(e));
            }

            batch.ForEach(r => r.Stored.TrySetResult());
        }
    }

    /// <summary>One bad label must not fail its neighbours.</summary>
    private async Task StoreOneByOneAsync(List<Request> batch)
    {
        foreach (var request in batch)
        {
            try
            {
                await StoreAsync([request]).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                request.Stored.TrySetException(e);
            }
        }
    }

    private async Task StoreAsync(List<Request> batch)
    {
        var distinct = batch.DistinctBy(r => (r.Label.Shop, r.Label.LabelKey)).ToList();
        var places = await store.StoreAsync(distinct.ConvertAll(r => r.Label), CancellationToken.None).ConfigureAwait(false);
        await using var command = source.CreateCommand(
            """
            insert into label_files (shop, label_key, merchant, parcel_id, size, pack, position, length)
            select f.* from unnest($1, $2, $3, $4, $5, $6, $7, $8) as f (shop, label_key, merchant, parcel_id, size, pack, position, length)
            order by f.shop, f.label_key
            on conflict (shop, label_key) do nothing
            """).With(
            distinct.Select(r => r.Label.Shop).ToArray(),
            distinct.Select(r => r.Label.LabelKey).ToArray(),
            distinct.Select(r => r.Label.Merchant).ToArray(),
            distinct.Select(r => r.Parcel).ToArray(),
            distinct.Select(r => r.Size).ToArray(),
            places.Select(p => p?.Pack).ToArray(),
            places.Select(p => p?.Position).ToArray(),
            places.Select(p => p?.Length).ToArray());
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private static StoredLabel Stored(NpgsqlDataReader row) => new(
        row.GetString(2), row.GetString(0), row.GetString(1), row.IsDBNull(3) ? null : new PackPlace(row.GetString(3), row.GetInt32(4), row.GetInt32(5)));

    private static string Purpose(ShopId shop, string labelKey) => $"label_files/{shop}/{labelKey}";

    private static bool IsOutage(Exception e) =>
        e is IOException or UnauthorizedAccessException or NpgsqlException or SocketException or TimeoutException;

    private sealed class Request(SealedLabel label, string parcel, int size)
    {
        public SealedLabel Label { get; } = label;

        public string Parcel { get; } = parcel;

        public int Size { get; } = size;

        public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
