using System.Text;
using System.Text.Json;

namespace Engine.LoadTests;

/// <summary>The `--json` file of a scenario: one flat object, keys as design 5 'Load tests' names them.</summary>
public static class FlatJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task WriteAsync(ScenarioArguments arguments, IReadOnlyDictionary<string, object?> values, CancellationToken ct)
    {
        if (arguments.Text("json") is { } file)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(values, Indented) + "\n", Encoding.UTF8, ct);
        }
    }
}
