using System.Diagnostics;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests.Conformance;

/// <summary>The public JavaScript packages of tests/.tools: installed from the lock file when they are not there yet. Missing node or npm is a
/// failure that says what to do, never a skip.</summary>
internal static class TestTools
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    public static string Folder => Repository.At("tests", ".tools");

    public static Task EnsureAsync() => Installed.Value;

    /// <summary>TikTok's own API description, one file per module.</summary>
    public static string Description(string module) => Path.Combine(
        Folder, "node_modules", "@tts-open-toolkit", "cli", "skills", "tts-openapi-guide", "references", "oas", "paths", module + ".json");

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Start(start, program);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    private static Process Start(ProcessStartInfo start, string program)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException(
                $"'{program}' cannot be started ({missing.Message}): install Node.js 18 or newer with npm (Debian: apt-get install nodejs npm), or run deploy/test.sh, which does.", missing);
        }
    }

    private static async Task InstallAsync()
    {
        if (File.Exists(Description("order")) && File.Exists(Path.Combine(Folder, "node_modules", "tiktok-shop-sdk", "package.json")))
        {
            return;
        }

        var (exitCode, output, errors) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        if (exitCode != 0)
        {
            throw new InvalidOperationException(
                $"'npm ci' in {Folder} ended with {exitCode}: it needs the npm registry once; afterwards the tests run without network.\n{output}\n{errors}");
        }
    }
}
