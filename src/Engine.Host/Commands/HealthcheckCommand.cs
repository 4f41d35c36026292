using System.CommandLine;
using Engine.Host.Configuration;
using Engine.Host.Startup;

namespace Engine.Host.Commands;

/// <summary>`healthcheck`: asks the host of these settings whether it is ready; for containers without a shell. Exit code 0 or 1.</summary>
internal static class HealthcheckCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var live = new Option<bool>("--live") { Description = "Ask only whether the process lives." };
        var command = new Command("healthcheck", "Ask the running host whether it is ready") { live };
        command.SetAction(async (parsed, ct) =>
        {
            var address = Start.Configuration()[SettingsReader.ExplicitHttp] ?? "http://127.0.0.1:8080";
            using var http = new HttpClient { Timeout = Patience };
            try
            {
                using var response = await http.GetAsync($"{address.TrimEnd('/')}/health/{(parsed.GetValue(live) ? "live" : "ready")}", ct);
                Console.WriteLine(await response.Content.ReadAsStringAsync(ct));
                return response.IsSuccessStatusCode ? 0 : 1;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException or InvalidOperationException)
            {
                await Console.Error.WriteLineAsync($"No answer from {address}: {e.Message}");
                return 1;
            }
        });
        return command;
    }
}
