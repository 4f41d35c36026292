using System.CommandLine;
using Engine.Host.Clock;
using Engine.Host.Startup;
using Engine.Storage;

namespace Engine.Host.Commands;

/// <summary>`doctor`: finds every problem that would stop a start, without starting. Exit code 0 or 2.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Find what would stop a start, without starting");
        command.SetAction((_, ct) => Start.ReportAsync(async () =>
        {
            var (settings, database) = await Start.CheckAsync(Start.Configuration(), ct);
            await using (database)
            {
                await using var sources = EngineDataSources.Open(database.ConnectionString, "engine-doctor", poolSize: 2);
                var server = await ServerReport.ReadAsync(sources.Pool, ct);
                if (!server.IsDurable)
                {
                    throw new StartProblemException([$"The database would lose acknowledged work ({server}): switch fsync, full_page_writes and synchronous_commit on, and connect to the primary."]);
                }

                await BusinessClock.ChooseAsync(settings, ct);
                Console.WriteLine($"Nothing stops a start: {database.Description}, {server}; data in {settings.Database.DataFolder}, labels in {settings.VaultFolder}; would listen on {settings.Http}.");
            }

            return 0;
        }));
        return command;
    }
}
