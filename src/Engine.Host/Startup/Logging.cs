namespace Engine.Host.Startup;

internal static class Logging
{
    /// <summary>One line per entry on the console. HTTP clients say nothing: token calls carry secrets in their addresses.</summary>
    public static void AddEngineLogging(this WebApplicationBuilder builder) => builder.Logging
        .ClearProviders()
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        })
        .AddConfiguration(builder.Configuration.GetSection("Logging"))
        .AddFilter("System.Net.Http", LogLevel.None)
        .AddFilter("Microsoft.Extensions.Http", LogLevel.None)
        .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
        .AddFilter("Orleans", LogLevel.Warning)
        // Raises a false alarm once at every start (engineering.md 3).
        .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
        .AddFilter("Microsoft.Orleans", LogLevel.Warning)
        .AddFilter("Npgsql", LogLevel.Warning)
        .AddFilter("Polly", LogLevel.Warning);
}
