using System.Globalization;
using System.Security.Cryptography;

namespace Engine.Storage.Labels;

/// <summary>
/// Labels in packs: folder/hour/random name, one file for all labels of a call, written once and synced before its name is. A label is
/// read by the place its row keeps. Two syncs a call, not two a label: at full load those were a tenth of the engine's work.
/// </summary>
/// <remarks>Labels of older builds lie in files of their own, folder/merchant/shop/two letters/key, and are read and deleted there.</remarks>
internal sealed class FolderLabelStore(string folder, TimeProvider clock) : ILabelContentStore
{
    private const string HourFormat = "yyyyMMdd'T'HH";

    /// <summary>A folder holds the packs made within this time from the hour that it is named by.</summary>
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private string? syncedHour;

    public async Task<IReadOnlyList<PackPlace?>> StoreAsync(IReadOnlyList<SealedLabel> labels, CancellationToken ct)
    {
        var hour = clock.GetUtcNow().ToString(HourFormat, CultureInfo.InvariantCulture);
        var home = Path.Combine(folder, hour);
        if (syncedHour != hour)
        {
            // Also where another host made it: only its maker knows whether its name is durable yet.
            Directory.CreateDirectory(home);
            Posix.SyncFolder(folder);
            syncedHour = hour;
        }

        var pack = $"{hour}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        var path = PathOf(pack);
        var places = new PackPlace?[labels.Count];
        var length = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            places[i] = new PackPlace(pack, length, labels[i].Content.Length);
            length += labels[i].Content.Length;
        }

        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            await using (var stream = new FileStream(path, how))
            {
                await RandomAccess.WriteAsync(stream.SafeFileHandle, [.. labels.Select(l => (ReadOnlyMemory<byte>)l.Content)], 0, ct).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            Posix.SyncFolder(home);
        }
        catch
        {
            // Whatever was wrong with the folder: the next call makes sure of it anew.
            syncedHour = null;
            if (File.Exists(path))
            {
                File.Delete(path);
            }

            throw;
        }

        return places;
    }

    public async Task<byte[]?> ReadAsync(StoredLabel label, CancellationToken ct)
    {
        try
        {
            if (label.Place is not { } place)
            {
                return await File.ReadAllBytesAsync(PathOf(label), ct).ConfigureAwait(false);
            }

            using var file = File.OpenHandle(PathOf(place.Pack));
            var content = new byte[place.Length];
            for (var read = 0; read < content.Length;)
            {
                var more = await RandomAccess.ReadAsync(file, content.AsMemory(read), place.Position + read, ct).ConfigureAwait(false);
                if (more == 0)
                {
                    throw new IOException($"'{place.Pack}' in the label folder ends before the label at {place.Position}: it was cut off.");
                }

                read += more;
            }

            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public Task DeleteAsync(StoredLabel label, CancellationToken ct)
    {
        if (label.Place is null && File.Exists(PathOf(label)))
        {
            File.Delete(PathOf(label));
            Posix.SyncFolder(Path.GetDirectoryName(PathOf(label))!);
        }

        return Task.CompletedTask;
    }

    public async Task SweepAsync(DateTimeOffset madeBefore, Func<IReadOnlyCollection<string>, Task<IReadOnlyCollection<string>>> used, CancellationToken ct)
    {
        foreach (var home in Directory.GetDirectories(folder))
        {
            var hour = Path.GetFileName(home);
            if (!DateTimeOffset.TryParseExact(hour, HourFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var began) || began + Hour > madeBefore)
            {
                continue;
            }

            var packs = Directory.GetFiles(home).Select(f => $"{hour}/{Path.GetFileName(f)}").ToList();
            var inUse = await used(packs).ConfigureAwait(false);
            foreach (var pack in packs.Except(inUse))
            {
                ct.ThrowIfCancellationRequested();
                File.Delete(PathOf(pack));
            }

            if (inUse.Count > 0)
            {
                Posix.SyncFolder(home);
                continue;
            }

            Directory.Delete(home);
            Posix.SyncFolder(folder);
        }
    }

    /// <summary>Packs are named by <see cref="StoreAsync"/> alone; a row that says anything else is not followed out of the folder.</summary>
    private string PathOf(string pack)
    {
        if (pack.Count(c => c == '/') != 1 || !pack.All(c => char.IsAsciiLetterOrDigit(c) || c == '/'))
        {
            throw new IOException($"'{pack}' is no name of a pack of labels.");
        }

        return Path.Combine(folder, pack);
    }

    /// <summary>Every part is checked by its maker (ids of a-z, 0-9, '-'; key of hex), so none can lead out of the folder.</summary>
    private string PathOf(StoredLabel label)
    {
        if (label.LabelKey.Length != 64 || !label.LabelKey.All(char.IsAsciiHexDigitLower))
        {
            throw new ArgumentException("A label key is 64 hex digits.", nameof(label));
        }

        return Path.Combine(folder, label.Merchant, label.Shop, label.LabelKey[..2], label.LabelKey);
    }
}
