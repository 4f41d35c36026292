using System.Globalization;

namespace Engine.LoadTests;

/// <summary>One load test: prints a table and where its time went, and writes flat JSON where `--json FILE` asks for it.</summary>
public interface IScenario
{
    /// <summary>The first argument of the command line.</summary>
    string Name { get; }

    /// <summary>One line with the scenario's own options.</summary>
    string Summary { get; }

    /// <returns>The exit code: 0 when what the scenario checks holds.</returns>
    Task<int> RunAsync(ScenarioArguments arguments, CancellationToken ct);
}

/// <summary>`--name value` and `--flag`.</summary>
public sealed class ScenarioArguments
{
    private readonly Dictionary<string, string?> values = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Something that is no option.</exception>
    public static ScenarioArguments Parse(ReadOnlySpan<string> args)
    {
        var parsed = new ScenarioArguments();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new ArgumentException($"'{args[i]}' is no option: expected --name [value].");
            }

            var hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            parsed.values[args[i][2..]] = hasValue ? args[++i] : null;
        }

        return parsed;
    }

    public bool Has(string name) => values.ContainsKey(name);

    public string? Text(string name) => values.GetValueOrDefault(name);

    public int Number(string name, int otherwise) =>
        values.GetValueOrDefault(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
