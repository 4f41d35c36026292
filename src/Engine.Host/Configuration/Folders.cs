namespace Engine.Host.Configuration;

internal static class Folders
{
    /// <summary>Makes the folder and writes into it; why that fails, or null.</summary>
    public static string? ProblemOf(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".probe-{Environment.ProcessId}-{Guid.NewGuid():n}");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
