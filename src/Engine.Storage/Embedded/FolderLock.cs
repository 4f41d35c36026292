namespace Engine.Storage.Embedded;

/// <summary>Advisory locks on files of the cluster's folder (flock): they vanish with the process that holds them.</summary>
internal static class FolderLock
{
    /// <summary>Alone; waits for others.</summary>
    public static async Task<FileStream> ExclusiveAsync(string path, TimeSpan patience, TimeProvider clock, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            if (TryExclusive(path) is { } held)
            {
                return held;
            }

            if (clock.GetElapsedTime(started) > patience)
            {
                throw new EmbeddedPostgresException($"Another process has held '{path}' for {patience.TotalSeconds:0} s: wait for it to end its start or stop, or end it.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, ct).ConfigureAwait(false);
        }
    }

    public static FileStream? TryExclusive(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Beside other sharers; the file must exist.</summary>
    public static FileStream Shared(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
}
