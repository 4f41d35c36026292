using Engine.LoadTests;
using Engine.LoadTests.Chaos;
using Engine.LoadTests.Journal;
using Engine.LoadTests.Limits;
using Engine.LoadTests.Peak;
using Engine.LoadTests.Recovery;

// One file (or folder) per scenario; add yours here.
IScenario[] scenarios =
[
    new LimitsScenario(),
    new PeakScenario(),
    new JournalScenario(),
    new RecoveryScenario(),
    new ChaosScenario(),
];

var scenario = args.Length == 0 ? null : Array.Find(scenarios, s => s.Name == args[0]);
if (scenario is null)
{
    Console.Error.WriteLine("usage: Engine.LoadTests SCENARIO [--json FILE] [options]");
    foreach (var known in scenarios)
    {
        Console.Error.WriteLine($"  {known.Name,-12} {known.Summary}");
    }

    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
return await scenario.RunAsync(ScenarioArguments.Parse(args.AsSpan(1)), stop.Token);
