using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Engine.TikTok.Translation;

/// <summary>Reads an answer's data; what cannot be told apart from a broken answer throws, and the classifier says what that means.</summary>
internal static class Data
{
    /// <exception cref="JsonException">Absent, null or of another shape.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> data, JsonTypeInfo<T> type)
        where T : class =>
        (data.IsEmpty ? null : JsonSerializer.Deserialize(data.Span, type)) ?? throw new JsonException("the answer has no data");

    /// <exception cref="JsonException">Absent or empty.</exception>
    public static string Required(string? value, string member) =>
        string.IsNullOrEmpty(value) ? throw new JsonException($"{member} is absent") : value;
}
