using Orleans.Runtime;

namespace Engine.Grains.Hosting;

/// <summary>Calls that failed because the host of the grain was lost, which says nothing about whether they took effect.</summary>
internal static class LossOfHost
{
    public static bool IsLossOfHost(this Exception e) => e is SiloUnavailableException or OrleansMessageRejectionException;
}
