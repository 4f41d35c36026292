namespace Engine.Testing;

/// <summary>A new folder for what a run of real processes leaves behind.</summary>
public static class RunFolder
{
    /// <summary>Nobody else can list it, but the user that PostgreSQL runs as gets through to the database below it.</summary>
    public static DirectoryInfo Create(string prefix)
    {
        var folder = Directory.CreateTempSubdirectory(prefix);
        if (!OperatingSystem.IsWindows())
        {
            folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        }

        return folder;
    }
}
