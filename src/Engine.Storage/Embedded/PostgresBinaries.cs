namespace Engine.Storage.Embedded;

/// <summary>Finds PostgreSQL's server programs on this machine.</summary>
internal sealed record PostgresBinaries(string Folder)
{
    public string Initdb => Path.Combine(Folder, "initdb");

    public string PgCtl => Path.Combine(Folder, "pg_ctl");

    /// <summary>The folder asked for; else PATH; else the newest below /usr/lib/postgresql (Debian), /usr/pgsql-* (Red Hat) or Homebrew.</summary>
    public static PostgresBinaries Find(string? asked)
    {
        if (asked is not null)
        {
            return IsComplete(asked)
                ? new PostgresBinaries(asked)
                : throw new EmbeddedPostgresException($"'{asked}' does not hold PostgreSQL's server programs (postgres, initdb, pg_ctl): give the folder of a server installation.");
        }

        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (IsComplete(folder))
            {
                return new PostgresBinaries(folder);
            }
        }

        var newest = Installed().Where(IsComplete).OrderByDescending(MajorOf).FirstOrDefault();
        return newest is not null
            ? new PostgresBinaries(newest)
            : throw new EmbeddedPostgresException(
                "PostgreSQL's server programs were found neither on PATH nor below /usr/lib/postgresql: install them (Debian: apt-get install postgresql) or give a connection string in ConnectionStrings__Engine.");
    }

    private static IEnumerable<string> Installed()
    {
        foreach (var (root, pattern) in new[] { ("/usr/lib/postgresql", "*"), ("/usr", "pgsql-*"), ("/opt/homebrew/opt", "postgresql@*"), ("/usr/local/opt", "postgresql@*") })
        {
            if (Directory.Exists(root))
            {
                foreach (var folder in Directory.EnumerateDirectories(root, pattern))
                {
                    yield return Path.Combine(folder, "bin");
                }
            }
        }
    }

    private static int MajorOf(string binFolder)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(binFolder)!);
        var digits = new string(name.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit).ToArray());
        return int.TryParse(digits, out var major) ? major : 0;
    }

    private static bool IsComplete(string folder) =>
        File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl"));
}
