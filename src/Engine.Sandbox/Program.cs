using Engine.Sandbox;

var problems = new List<string>();
var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
var options = SandboxOptions.From(configuration, problems);
options.CheckAddresses(problems);
if (problems.Count > 0)
{
    foreach (var problem in problems)
    {
        Console.Error.WriteLine(problem);
    }

    return 2;
}

var app = SandboxServer.Build(options);
await app.StartAsync().ConfigureAwait(false);
Console.WriteLine($"Sandbox listens on {string.Join(", ", app.Urls)} (seed {options.Seed}, {(options.Stepped ? "stepped time" : $"speed {options.Speed}")}, limits {options.Profile}).");
await app.WaitForShutdownAsync().ConfigureAwait(false);
return 0;
