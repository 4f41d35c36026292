using Engine.Host.Startup;

namespace Engine.Host.Demo.Chaos;

/// <summary>A disk of its own for the private PostgreSQL, small enough to be filled: a tmpfs, which needs the right to mount.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    /// <summary>So that the database stays well below the disk's size until somebody fills it.</summary>
    public static readonly IReadOnlyDictionary<string, string> DatabaseSettings =
        new Dictionary<string, string> { ["min_wal_size"] = "64MB", ["max_wal_size"] = "256MB" };

    private const string Size = "1g";
    private readonly string path;
    private readonly string filler;

    private SmallDisk(string path)
    {
        this.path = path;
        filler = Path.Combine(path, "filler");
    }

    /// <returns>Null where this user may not mount.</returns>
    public static async Task<SmallDisk?> TryMountAsync(string path)
    {
        Directory.CreateDirectory(path);
        return await Tool.TryAsync("mount", "-t", "tmpfs", "-o", $"size={Size},mode=755", "tmpfs", path) is null ? new SmallDisk(path) : null;
    }

    /// <summary>Leaves no free page.</summary>
    public void Fill()
    {
        var chunk = 64 * 1024 * 1024L;
        using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.Read, 1);
        while (chunk >= 4096)
        {
            try
            {
                RandomAccess.Write(file.SafeFileHandle, new byte[Math.Min(chunk, 1024 * 1024)], RandomAccess.GetLength(file.SafeFileHandle));
            }
            catch (IOException)
            {
                chunk = Math.Min(chunk, 1024 * 1024) / 2;
            }
        }
    }

    public void Free() => File.Delete(filler);

    /// <summary>Keeps what is on it beside it, for whoever looks into a failed run.</summary>
    public Task KeepAsync(string folder) => Tool.RunAsync("cp", "-a", path, folder);

    public async ValueTask DisposeAsync()
    {
        if (await Tool.TryAsync("umount", "-l", path) is { } problem)
        {
            throw new StartProblemException([$"'{path}' could not be unmounted: {problem}"]);
        }
    }
}
