using Npgsql;

namespace Engine.Storage.Labels;

/// <summary>Labels in the database, for clusters whose hosts share no folder.</summary>
internal sealed class PostgresLabelStore(NpgsqlDataSource source) : ILabelContentStore
{
    public async Task<IReadOnlyList<PackPlace?>> StoreAsync(IReadOnlyList<SealedLabel> labels, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            insert into label_blobs (shop, label_key, content)
            select l.* from unnest($1, $2, $3) as l (shop, label_key, content) order by l.shop, l.label_key
            on conflict (shop, label_key) do nothing
            """).With(
            labels.Select(l => l.Shop).ToArray(),
            labels.Select(l => l.LabelKey).ToArray(),
            labels.Select(l => l.Content).ToArray());
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        return new PackPlace?[labels.Count];
    }

    public async Task<byte[]?> ReadAsync(StoredLabel label, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select content from label_blobs where shop = $1 and label_key = $2").With(label.Shop, label.LabelKey);
        return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) as byte[];
    }

    public async Task DeleteAsync(StoredLabel label, CancellationToken ct)
    {
        await using var command = source.CreateCommand("delete from label_blobs where shop = $1 and label_key = $2").With(label.Shop, label.LabelKey);
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Nothing is shared here.</summary>
    public Task SweepAsync(DateTimeOffset madeBefore, Func<IReadOnlyCollection<string>, Task<IReadOnlyCollection<string>>> used, CancellationToken ct) =>
        Task.CompletedTask;
}
