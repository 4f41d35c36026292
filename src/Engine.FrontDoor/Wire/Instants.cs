using NodaTime.Text;

namespace Engine.FrontDoor.Wire;

/// <summary>Instants in queries: RFC 3339 with an offset or Z; a time without one means nothing.</summary>
internal static class Instants
{
    public static bool TryParse(string text, out DateTimeOffset at)
    {
        // In a query a '+' that was not encoded arrives as a blank.
        var parsed = OffsetDateTimePattern.Rfc3339.Parse(text.Replace(' ', '+'));
        at = parsed.Success ? parsed.Value.ToInstant().ToDateTimeOffset() : default;
        return parsed.Success;
    }
}
