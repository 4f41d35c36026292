namespace Engine.LoadTests;

/// <summary>Where the scripts are that a scenario starts.</summary>
internal static class RepositoryRoot
{
    public static string Folder
    {
        get
        {
            for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "Engine.sln")))
                {
                    return at.FullName;
                }
            }

            throw new InvalidOperationException($"Engine.sln is in no folder above {AppContext.BaseDirectory}.");
        }
    }
}
