using System.Diagnostics;

namespace Engine.Host.Demo.Chaos;

/// <summary>A program of the operating system that ends by itself.</summary>
internal static class Tool
{
    /// <returns>Null when it succeeded, else what it said.</returns>
    public static async Task<string?> TryAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' could not be started.");
            var said = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? null : (await error + await said).Trim() is { Length: > 0 } text ? text : $"exit code {process.ExitCode}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }

    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        if (await TryAsync(program, arguments) is { } problem)
        {
            throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}': {problem}");
        }
    }
}
