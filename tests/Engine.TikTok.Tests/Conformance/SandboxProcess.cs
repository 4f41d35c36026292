using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Engine.TikTok.Tests.Support;

namespace Engine.TikTok.Tests.Conformance;

/// <summary>The real sandbox, as a process of its own on a free port; ends with the test.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    public const string AppKey = "sandbox-app";
    public const string AppSecret = "sandbox-secret-of-a-test";
    private readonly Process process;
    private readonly HttpClient control;

    private SandboxProcess(Process process, string url)
    {
        this.process = process;
        Url = url;
        control = new HttpClient { BaseAddress = new Uri(url) };
    }

    public string Url { get; }

    public static async Task<SandboxProcess> StartAsync(params string[] settings)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Repository.At("src", "Engine.Sandbox", "bin", output.Parent!.Name, output.Name, "Engine.Sandbox.dll");
        Assert.True(File.Exists(program), $"{program} is missing: build src/Engine.Sandbox in the same configuration as the tests.");
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { program, "--Urls=http://127.0.0.1:0", $"--AppKey={AppKey}", $"--AppSecret={AppSecret}", "--Seed=7" },
        };
        foreach (var setting in settings)
        {
            start.ArgumentList.Add(setting);
        }

        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("Sandbox listens on ", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new SandboxProcess(process, line["Sandbox listens on ".Length..].Split(' ', ',')[0]);
            }
        }

        throw new InvalidOperationException($"The sandbox did not start: {await errors}");
    }

    /// <summary>A control call; its answer as JSON.</summary>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await control.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Until the first order may be labelled. Asks the sandbox's own counters; a hold of 0 s is over as soon as its clock is read.</summary>
    public Task<JsonElement> GetAsync(string path) => control.GetFromJsonAsync<JsonElement>(path);

    public async Task WaitUntilShippableAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var progress = await control.GetFromJsonAsync<JsonElement>("/sandbox/progress", patience.Token);
            if (progress.GetProperty("shippable_unlabelled").GetInt64() > 0)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
