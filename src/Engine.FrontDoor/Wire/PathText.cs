namespace Engine.FrontDoor.Wire;

/// <summary>Ids in paths: routing decodes everything but an encoded slash.</summary>
internal static class PathText
{
    /// <summary>Null for what cannot be an id: empty, over 200 characters, or with control characters.</summary>
    public static string? Id(string fromRoute)
    {
        var id = fromRoute.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return id.Length is 0 or > 200 || id.Any(char.IsControl) ? null : id;
    }
}
