using Engine.Host.Startup;

namespace Engine.Host.Demo;

/// <summary>Where a run keeps everything; emptied at the start, because the sandbox forgets its orders with its process.</summary>
internal sealed class DemoFolder
{
    private const string Marker = "engine-demo";
    private const string MasterKey = "master.key";

    private DemoFolder(string path) => Path = path;

    public string Path { get; }

    public string Postgres => System.IO.Path.Combine(Path, "postgres");

    public string HostData => System.IO.Path.Combine(Path, "engine");

    /// <summary>Of every process of the run, the database's included.</summary>
    public IEnumerable<string> Logs() =>
        Directory.EnumerateFiles(System.IO.Path.Combine(Path, "logs")).Append(System.IO.Path.Combine(Postgres, "data", "server.log"));

    /// <summary>All that the hosts keep in files, label files above all, but the key ring.</summary>
    public IEnumerable<string> EngineFiles() =>
        Directory.EnumerateFiles(HostData, "*", SearchOption.AllDirectories).Where(f => System.IO.Path.GetFileName(f) != MasterKey);

    /// <summary>The one file that holds a secret, and may.</summary>
    public string MasterKeyFile => System.IO.Path.Combine(HostData, MasterKey);

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
