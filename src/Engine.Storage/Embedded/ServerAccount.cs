using System.Diagnostics;

namespace Engine.Storage.Embedded;

/// <summary>The operating system user under which the server runs: ourselves, or, since PostgreSQL refuses root, `postgres` or `nobody`.</summary>
internal sealed record ServerAccount(string? UserName)
{
    public static ServerAccount Choose()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return new ServerAccount((string?)null);
        }

        var known = File.ReadLines("/etc/passwd").Select(line => line[..Math.Max(0, line.IndexOf(':'))]).ToHashSet();
        foreach (var name in (string[])["postgres", "nobody"])
        {
            if (known.Contains(name))
            {
                return new ServerAccount(name);
            }
        }

        throw new EmbeddedPostgresException("PostgreSQL does not run as root and there is neither a user 'postgres' nor 'nobody' on this machine: start the engine as another user.");
    }

    /// <summary>Gives the folder to the server's user.</summary>
    public async Task OwnAsync(string path, CancellationToken ct)
    {
        if (UserName is not null)
        {
            var (exit, output) = await RunAsync("chown", ["-R", UserName, path], asServer: false, ct).ConfigureAwait(false);
            if (exit != 0)
            {
                throw new EmbeddedPostgresException($"'{path}' could not be given to the user '{UserName}': {output}");
            }
        }
    }

    /// <summary>As root, every folder above must let the server's user through.</summary>
    public void CheckReachable(string folder)
    {
        if (UserName is null || OperatingSystem.IsWindows())
        {
            return;
        }

        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (at.Exists && (at.UnixFileMode & UnixFileMode.OtherExecute) == 0)
            {
                throw new EmbeddedPostgresException(
                    $"The database folder '{folder}' cannot be reached by the user '{UserName}', as which PostgreSQL runs, because '{at.FullName}' is closed to other users: choose a folder outside of it (for example /var/lib/engine) or run the engine as another user.");
            }
        }
    }

    public async Task<(int Exit, string Output)> RunAsync(string program, IEnumerable<string> arguments, bool asServer, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LC_ALL"] = "C";
        if (asServer && UserName is not null)
        {
            start.UserName = UserName;
            start.Environment["HOME"] = "/";
        }

        using var process = Process.Start(start) ?? throw new EmbeddedPostgresException($"'{program}' could not be started.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct).ConfigureAwait(false);
        var text = (await error.ConfigureAwait(false) + await output.ConfigureAwait(false)).Trim();
        return (process.ExitCode, text);
    }
}
