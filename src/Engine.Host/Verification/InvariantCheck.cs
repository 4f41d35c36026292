using System.Text.Json.Serialization;

namespace Engine.Host.Verification;

/// <summary>One invariant of design 6, checked.</summary>
/// <param name="Name">Number and name: `2 one-label`.</param>
/// <param name="Ok">False also when it could not be evaluated; the detail says so.</param>
/// <param name="Detail">What was looked at, or what was found.</param>
public sealed record InvariantCheck(
    [property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("ok")] bool Ok, [property: JsonPropertyName("detail")] string Detail);

/// <summary>An invariant whose subject does not exist yet.</summary>
public sealed record InvariantNotBuilt([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("why")] string Why);
