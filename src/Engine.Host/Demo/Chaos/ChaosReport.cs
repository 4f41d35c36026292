using System.Text.Json.Serialization;

namespace Engine.Host.Demo.Chaos;

/// <summary>What a run was put through. Names are read by `load-tests`.</summary>
/// <param name="Kills">SIGKILLs of hosts.</param>
/// <param name="Processes">By kind: what was done to processes, disk and network.</param>
/// <param name="Faults">By kind: what the sandbox injected.</param>
/// <param name="Impossible">What this machine did not let us do, and why.</param>
/// <param name="AskedAPerson">By reason: orders that were resumed by hand after everything was healed.</param>
/// <param name="LateByOurFault">Orders scanned after their deadline, or cancelled by the platform for want of a label.</param>
public sealed record ChaosReport(
    [property: JsonPropertyName("kills")] int Kills,
    [property: JsonPropertyName("processes")] IReadOnlyDictionary<string, int> Processes,
    [property: JsonPropertyName("faults")] IReadOnlyDictionary<string, long> Faults,
    [property: JsonPropertyName("impossible")] IReadOnlyDictionary<string, string> Impossible,
    [property: JsonPropertyName("asked_a_person")] IReadOnlyDictionary<string, int> AskedAPerson,
    [property: JsonPropertyName("late_by_our_fault")] long LateByOurFault,
    [property: JsonPropertyName("schedule")] IReadOnlyList<string> Schedule);
