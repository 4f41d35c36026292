using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Engine.TikTok.Tests.Conformance;

/// <summary>TikTok's own OpenAPI description, and what a request or response does that it does not say.</summary>
internal sealed partial class ApiDescription
{
    private static readonly string[] Modules = ["authorization", "data_reconciliation", "event", "fulfillment", "logistics", "order", "product", "return_refund"];
    private readonly List<(string Method, string Template, JsonElement Operation)> operations = [];

    public ApiDescription()
    {
        foreach (var module in Modules)
        {
            var file = JsonDocument.Parse(File.ReadAllBytes(TestTools.Description(module)));
            foreach (var path in file.RootElement.GetProperty("paths").EnumerateObject())
            {
                foreach (var operation in path.Value.EnumerateObject())
                {
                    operations.Add((operation.Name.ToUpperInvariant(), path.Name, operation.Value));
                }
            }
        }
    }

    /// <summary>The path template of an exchange, literal segments before parameters; null when the description has none.</summary>
    public string? TemplateOf(string method, string path)
    {
        var segments = path.Split('/');
        return operations
            .Where(operation => operation.Method == method && Matches(operation.Template.Split('/'), segments))
            .OrderBy(operation => operation.Template.Count(character => character == '{'))
            .Select(operation => operation.Template)
            .FirstOrDefault();
    }

    /// <summary>Every deviation, as "direction endpoint member: what".</summary>
    public IEnumerable<Deviation> Check(Exchange exchange)
    {
        var template = TemplateOf(exchange.Method, exchange.Path);
        var endpoint = $"{exchange.Method} {template ?? exchange.Path}";
        if (template is null)
        {
            yield return new("request", endpoint, "", "no such endpoint");
            yield break;
        }

        var operation = operations.Single(candidate => candidate.Method == exchange.Method && candidate.Template == template).Operation;
        var parameters = operation.GetProperty("parameters").EnumerateArray().ToArray();
        foreach (var (name, value) in exchange.Query)
        {
            var described = parameters.FirstOrDefault(parameter => Is(parameter, "query", name));
            if (described.ValueKind == JsonValueKind.Undefined)
            {
                yield return new("request", endpoint, "?" + name, "not named");
            }
            else if (described.GetProperty("schema").GetProperty("type").GetString() == "integer" && !long.TryParse(value, CultureInfo.InvariantCulture, out _))
            {
                yield return new("request", endpoint, "?" + name, "no integer");
            }
            else if (Words(described) is { Count: > 0 } words && !words.Contains(value))
            {
                yield return new("request", endpoint, "?" + name, $"{value} is not among {string.Join(' ', words)}");
            }
        }

        foreach (var required in parameters.Where(parameter => parameter.TryGetProperty("required", out var flag) && flag.GetBoolean()))
        {
            var name = required.GetProperty("name").GetString()!;
            var there = required.GetProperty("in").GetString() switch
            {
                "query" => exchange.Query.ContainsKey(name),
                "header" => exchange.Headers.ContainsKey(name),
                _ => true,
            };
            if (!there)
            {
                yield return new("request", endpoint, "?" + name, "required and absent");
            }
        }

        if (exchange.Request.Length > 0)
        {
            if (!operation.TryGetProperty("requestBody", out var body))
            {
                yield return new("request", endpoint, "", "a body where none is described");
            }
            else
            {
                foreach (var deviation in Compare(JsonDocument.Parse(exchange.Request).RootElement, Schema(body), ""))
                {
                    yield return new("request", endpoint, deviation.Member, deviation.What);
                }
            }
        }

        foreach (var deviation in Compare(JsonDocument.Parse(exchange.Response).RootElement, Schema(operation.GetProperty("responses").GetProperty("200")), ""))
        {
            yield return new("response", endpoint, deviation.Member, deviation.What);
        }
    }

    private static IEnumerable<(string Member, string What)> Compare(JsonElement value, JsonElement schema, string member)
    {
        var type = schema.TryGetProperty("type", out var named) ? named.GetString() : null;
        var fits = (value.ValueKind, type) switch
        {
            // A refusal has no data; the description only knows success.
            (JsonValueKind.Null, _) => member == "data",
            (_, null) => true,
            (JsonValueKind.Object, "object") => true,
            (JsonValueKind.Array, "array") => true,
            (JsonValueKind.String, "string") => true,
            (JsonValueKind.Number, "number") => true,
            (JsonValueKind.Number, "integer") => value.TryGetInt64(out _),
            (JsonValueKind.True or JsonValueKind.False, "boolean") => true,
            _ => false,
        };
        if (!fits)
        {
            yield return (member, $"is {value.ValueKind}, described as {type}");
            yield break;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && Words(schema) is { Count: > 0 } words && !words.Contains(text))
        {
            yield return (member, $"{text} is not among {string.Join(' ', words)}");
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
            {
                var below = member.Length == 0 ? property.Name : $"{member}.{property.Name}";
                if (!schema.TryGetProperty("properties", out var properties))
                {
                    // An empty object is described without members at all.
                    yield return (below, "not named");
                }
                else if (!properties.TryGetProperty(property.Name, out var described))
                {
                    yield return (below, "not named");
                }
                else
                {
                    foreach (var deviation in Compare(property.Value, described, below))
                    {
                        yield return deviation;
                    }
                }
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                foreach (var deviation in Compare(item, schema.GetProperty("items"), member + "[]"))
                {
                    yield return deviation;
                }
            }
        }
    }

    /// <summary>The description has no enum keyword: it lists the values of a member in its text, one a line, in capitals (or in backticks).</summary>
    internal static HashSet<string> Words(JsonElement described) => described.TryGetProperty("description", out var text)
        ? [.. ListedWord().Matches(text.GetString() ?? "").Select(match => match.Groups[1].Value)]
        : [];

    private static bool Is(JsonElement parameter, string place, string name) =>
        parameter.GetProperty("in").GetString() == place && string.Equals(parameter.GetProperty("name").GetString(), name, StringComparison.OrdinalIgnoreCase);

    private static JsonElement Schema(JsonElement holder) =>
        holder.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema");

    private static bool Matches(string[] template, string[] path) =>
        template.Length == path.Length && template.Zip(path).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);

    [GeneratedRegex(@"^\s*[-*]\s*`?([A-Z0-9][A-Z0-9_]+|[a-z]+_[a-z_]+)\b", RegexOptions.Multiline)]
    private static partial Regex ListedWord();
}

/// <param name="Direction">request or response.</param>
internal sealed record Deviation(string Direction, string Endpoint, string Member, string What)
{
    public override string ToString() => $"{Direction}\t{Endpoint}\t{Member}\t{What}";
}
