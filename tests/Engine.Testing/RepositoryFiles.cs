namespace Engine.Testing;

/// <summary>Files of the repository and, where it stands beside it, of `shared`.</summary>
public static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>A file of the repository.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>A file of `../shared`, or null where the repository was cloned alone.</summary>
    public static string? Shared(params string[] parts)
    {
        var path = System.IO.Path.Combine([Root, "..", "shared", .. parts]);
        var beside = System.IO.Path.Combine([Environment.GetEnvironmentVariable("ENGINE_SHARED") ?? "/nonexistent", .. parts]);
        return File.Exists(path) ? System.IO.Path.GetFullPath(path) : File.Exists(beside) ? beside : null;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Engine.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"Engine.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
