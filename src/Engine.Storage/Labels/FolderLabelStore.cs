using System.Security.Cryptography;

namespace Engine.Storage.Labels;

/// <summary>Labels as files: folder/merchant/shop/two letters/key. Written beside, synced, renamed, and the folder synced once per call.</summary>
internal sealed class FolderLabelStore(string folder) : ILabelContentStore
{
    private const int Writers = 4;

    public async Task StoreAsync(IReadOnlyList<SealedLabel> labels, CancellationToken ct)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        foreach (var label in labels)
        {
            var home = Path.GetDirectoryName(PathOf(label.Merchant, label.Shop, label.LabelKey))!;
            if (touched.Add(home) && !Directory.Exists(home))
            {
                MakeDurably(home);
            }
        }

        await Parallel.ForEachAsync(labels, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = ct }, async (label, token) =>
        {
            var path = PathOf(label.Merchant, label.Shop, label.LabelKey);
            var making = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
            var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, PreallocationSize = label.Content.Length };
            if (!OperatingSystem.IsWindows())
            {
                how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            try
            {
                await using (var stream = new FileStream(making, how))
                {
                    await stream.WriteAsync(label.Content, token).ConfigureAwait(false);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(making, path, overwrite: true);
            }
            catch
            {
                File.Delete(making);
                throw;
            }
        }).ConfigureAwait(false);
        foreach (var home in touched)
        {
            Posix.SyncFolder(home);
        }
    }

    public async Task<byte[]?> ReadAsync(string merchant, string shop, string labelKey, CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(PathOf(merchant, shop, labelKey), ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public Task DeleteAsync(string merchant, string shop, string labelKey, CancellationToken ct)
    {
        var path = PathOf(merchant, shop, labelKey);
        if (File.Exists(path))
        {
            File.Delete(path);
            Posix.SyncFolder(Path.GetDirectoryName(path)!);
        }

        return Task.CompletedTask;
    }

    /// <summary>Every part is checked by its maker (ids of a-z, 0-9, '-'; key of hex), so none can lead out of the folder.</summary>
    private string PathOf(string merchant, string shop, string labelKey)
    {
        if (labelKey.Length != 64 || !labelKey.All(char.IsAsciiHexDigitLower))
        {
            throw new ArgumentException("A label key is 64 hex digits.", nameof(labelKey));
        }

        return Path.Combine(folder, merchant, shop, labelKey[..2], labelKey);
    }

    private static void MakeDurably(string home)
    {
        var missing = new Stack<string>();
        for (var at = home; !Directory.Exists(at); at = Path.GetDirectoryName(at)!)
        {
            missing.Push(at);
        }

        foreach (var one in missing)
        {
            Directory.CreateDirectory(one);
            Posix.SyncFolder(Path.GetDirectoryName(one)!);
        }
    }
}
