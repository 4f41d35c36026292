using Engine.Host.Configuration;

namespace Engine.Host.Startup;

/// <summary>The database alone, for commands that need nothing else of the settings: they also work beside a running host.</summary>
internal static class DatabaseAccess
{
    /// <exception cref="StartProblemException">It cannot be had.</exception>
    public static async Task<EngineDatabase> OpenAsync(CancellationToken ct)
    {
        var reader = new SettingsReader(Start.Configuration());
        var settings = reader.ReadDatabase();
        return reader.Problems.Count == 0
            ? await EngineDatabase.OpenAsync(settings, TimeProvider.System, ct)
            : throw new StartProblemException(reader.Problems);
    }
}
