using Engine.Host.Configuration;

namespace Engine.Host.Startup;

/// <summary>Settings and database, or every problem of both at once.</summary>
internal static class Start
{
    public static IConfiguration Configuration() => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true)
        .AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .Build();

    /// <exception cref="StartProblemException">All problems that can be seen without running.</exception>
    public static async Task<(EngineSettings Settings, EngineDatabase Database)> CheckAsync(IConfiguration configuration, CancellationToken ct)
    {
        var reader = new SettingsReader(configuration);
        var settings = reader.Read();
        var problems = reader.Problems.ToList();

        // The database is tried in any case, so that its problem is not a second surprise.
        EngineDatabase? database = null;
        if (settings.Database.ConnectionString is not null || (!reader.IsConnectionStringBroken && Folders.ProblemOf(settings.Database.DataFolder) is null))
        {
            try
            {
                database = await EngineDatabase.OpenAsync(settings.Database, TimeProvider.System, ct);
            }
            catch (StartProblemException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        if (problems.Count == 0)
        {
            return (settings, database!);
        }

        if (database is not null)
        {
            await database.DisposeAsync();
        }

        throw new StartProblemException(problems);
    }

    /// <summary>Runs a command; what an operator can mend is printed as sentences, not as a stack trace.</summary>
    public static async Task<int> ReportAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (StartProblemException e)
        {
            await Console.Error.WriteLineAsync(e.Problems.Count == 1 ? "The engine cannot start:" : $"The engine cannot start, for {e.Problems.Count} reasons:");
            foreach (var problem in e.Problems)
            {
                await Console.Error.WriteLineAsync($"- {problem}");
            }

            return StartProblemException.ExitCode;
        }
    }
}
