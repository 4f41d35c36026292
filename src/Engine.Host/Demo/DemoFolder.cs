using Engine.Host.Startup;

namespace Engine.Host.Demo;

/// <summary>Where a run keeps everything; emptied at the start, because the sandbox forgets its orders with its process.</summary>
internal sealed class DemoFolder
{
    private const string Marker = "engine-demo";

    private DemoFolder(string path) => Path = path;

    public string Path { get; }

    public string Postgres => System.IO.Path.Combine(Path, "postgres");

    public string HostData => System.IO.Path.Combine(Path, "engine");

    public string LogOf(string process) => System.IO.Path.Combine(Path, "logs", process + ".log");

    /// <exception cref="StartProblemException">There is something else in it, or it cannot be written.</exception>
    public static DemoFolder Prepare(string path)
    {
        var folder = new DemoFolder(path);
        var marker = System.IO.Path.Combine(path, Marker);
        try
        {
            if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            {
                if (!File.Exists(marker))
                {
                    throw new StartProblemException([$"The folder '{path}' holds something that is no run of this demonstration: give an empty one with --data."]);
                }

                foreach (var part in Directory.EnumerateDirectories(path))
                {
                    Directory.Delete(part, recursive: true);
                }
            }

            Directory.CreateDirectory(System.IO.Path.Combine(path, "logs"));
            File.WriteAllText(marker, "Made by deploy/up.sh, which empties this folder at every start.\n");
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartProblemException([$"The folder '{path}' cannot be prepared ({e.Message.TrimEnd('.')}): end a run that still uses it, or give another with --data."]);
        }
    }
}
