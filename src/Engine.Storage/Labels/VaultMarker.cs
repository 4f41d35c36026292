using System.Text;
using Npgsql;

namespace Engine.Storage.Labels;

/// <summary>Proves that a host sees the same label folder as all others: a file in it carries the id that the database knows.</summary>
public static class VaultMarker
{
    public const string FileName = "engine-vault-id";

    /// <summary>Checks, or at the very first start makes, the marker.</summary>
    /// <exception cref="VaultFolderException">Not the shared folder, or not writable; one sentence that says what to do.</exception>
    public static async Task ProveAsync(NpgsqlDataSource source, string folder, CancellationToken ct)
    {
        var file = Path.Combine(folder, FileName);
        Guid id;
        try
        {
            Directory.CreateDirectory(folder);
            var made = await ReadAsync(file, ct).ConfigureAwait(false);

            // The first host's id counts; a folder that has one already (a restored database) brings its own.
            await using var command = source.CreateCommand("insert into vault_marker (vault_id) values ($1) on conflict do nothing").With(made ?? Guid.NewGuid());
            var first = await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false) == 1;
            await using var ask = source.CreateCommand("select vault_id from vault_marker");
            id = (Guid)(await ask.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
            if (first && made is null)
            {
                await WriteAsync(file, id, ct).ConfigureAwait(false);
            }

            if (await WaitForAsync(file, id, ct).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VaultFolderException($"The label folder '{folder}' cannot be used ({e.Message.TrimEnd('.')}): give this user the right to write it or choose another.", e);
        }

        throw new VaultFolderException(
            $"The label folder '{folder}' is not the one that this installation's hosts share: mount the folder whose file '{FileName}' says {id}, or use the PostgreSQL label store.");
    }

    /// <summary>A host that starts at the same moment may have registered the id and not written the file yet.</summary>
    private static async Task<bool> WaitForAsync(string file, Guid id, CancellationToken ct)
    {
        for (var tries = 0; tries < 20; tries++)
        {
            if (await ReadAsync(file, ct).ConfigureAwait(false) is { } seen)
            {
                return seen == id;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct).ConfigureAwait(false);
        }

        return false;
    }

    private static async Task<Guid?> ReadAsync(string file, CancellationToken ct) =>
        File.Exists(file) && Guid.TryParse(await File.ReadAllTextAsync(file, ct).ConfigureAwait(false), out var id) ? id : null;

    private static async Task WriteAsync(string file, Guid id, CancellationToken ct)
    {
        var making = $"{file}.{Guid.NewGuid():N}";
        await using (var stream = new FileStream(making, FileMode.CreateNew))
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(id.ToString()), ct).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        File.Move(making, file, overwrite: true);
        Posix.SyncFolder(Path.GetDirectoryName(file)!);
    }
}

/// <summary>The label folder cannot be used; the message says why and what to do.</summary>
public sealed class VaultFolderException(string message, Exception? inner = null) : Exception(message, inner);
