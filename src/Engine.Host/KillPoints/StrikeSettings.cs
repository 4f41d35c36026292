using System.Collections.Immutable;
using Engine.Domain.Ports;

namespace Engine.Host.KillPoints;

/// <summary>For tests against a sandbox: where this process ends or freezes itself.</summary>
/// <param name="Kill">`ENGINE_KILL_POINT`: SIGKILL when the point is reached for the n-th time; each point once for the data folder, whoever reaches it.</param>
/// <param name="Freeze">`ENGINE_FREEZE_POINTS`: SIGSTOP as soon as an order stands at each of these points; once for the data folder. The test wakes it.</param>
/// <param name="Folder">Holds a file for each strike that was done.</param>
public sealed record StrikeSettings(ImmutableDictionary<KillPoint, int> Kill, ImmutableDictionary<KillPoint, int> Freeze, string Folder)
{
    public bool IsNone => Kill.IsEmpty && Freeze.IsEmpty;
}
