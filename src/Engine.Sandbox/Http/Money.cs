using System.Globalization;
using System.Text.Json;

namespace Engine.Sandbox.Http;

public static class Money
{
    /// <summary>Cents as decimal text, e.g. 1999 as "19.99".</summary>
    public static string Text(long cents) => string.Create(CultureInfo.InvariantCulture, $"{cents / 100}.{cents % 100:D2}");

    public static void WriteMoney(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long cents) => json.WriteString(name, Text(cents));

    public static void WriteStrings(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
