using System.CommandLine;
using System.Text.Json;
using Engine.Host.Startup;
using Engine.Host.Verification;
using Engine.Storage;

namespace Engine.Host.Commands;

/// <summary>`verify [--sandbox URL]`: the invariants of design 6 against the database, and against the sandbox's ledger. Findings are listed; exit code 0 or 1.</summary>
internal static class VerifyCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var sandbox = new Option<string?>("--sandbox") { Description = "Address of the sandbox whose ledger is the other side of the books." };
        var busy = new Option<bool>("--busy") { Description = "Work is going on: lag is looked at, but is no finding." };
        var json = new Option<FileInfo?>("--json") { Description = "Write the result here." };
        var command = new Command("verify", "Check that nothing was lost, doubled or forgotten") { sandbox, busy, json };
        command.SetAction((parsed, ct) => Start.ReportAsync(async () =>
        {
            await using var access = await DatabaseAccess.OpenAsync(ct);
            await using var sources = EngineDataSources.Open(access.ConnectionString, "engine-verify", poolSize: 4, EngineDataSources.Patience);
            var report = await new Verifier(sources.Pool).VerifyAsync(AddressOf(parsed.GetValue(sandbox)), !parsed.GetValue(busy), asOf: null, ct);
            foreach (var check in report.Checks)
            {
                Console.WriteLine($"{(check.Ok ? "ok  " : "FAIL")} {check.Name}: {check.Detail}");
            }

            foreach (var missing in report.NotBuilt)
            {
                Console.WriteLine($"n/a  {missing.Name}: {missing.Why}");
            }

            if (parsed.GetValue(json) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(new { ok = report.Ok, invariants = report.Checks, invariants_not_built = report.NotBuilt }, Indented), ct);
            }

            return report.Ok ? 0 : 1;
        }));
        return command;
    }

    private static Uri? AddressOf(string? text) => text is null
        ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")
            ? address
            : throw new StartProblemException([$"--sandbox is '{text}': give its address, such as http://127.0.0.1:8090."]);
}
