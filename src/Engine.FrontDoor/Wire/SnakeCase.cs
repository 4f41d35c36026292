using System.Text.Json;

namespace Engine.FrontDoor.Wire;

/// <summary>A stored document as the API shows it: its members renamed to snake_case, its values untouched.</summary>
internal static class SnakeCase
{
    public static JsonElement Of(string json)
    {
        using var document = JsonDocument.Parse(json);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(json.Length + 64);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Copy(document.RootElement, writer);
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Copy(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name));
                    Copy(member.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Copy(item, writer);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
