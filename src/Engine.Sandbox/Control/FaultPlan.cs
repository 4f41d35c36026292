using System.Diagnostics;

namespace Engine.Sandbox.Control;

/// <summary>Kills a process after the n-th label of the run was sold and before the answer leaves.</summary>
/// <param name="Sale">Counted from 1 over the run.</param>
public sealed record KillAfterSale(long Sale, int Pid);

/// <summary>Faults that are armed.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<KillAfterSale> _kills = [];

    public void Arm(KillAfterSale kill)
    {
        lock (_gate)
        {
            _kills.Add(kill);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _kills.Clear();
        }
    }

    /// <returns>True when this sale killed its buyer: no answer must be written.</returns>
    public bool Strike(long sale)
    {
        KillAfterSale? kill;
        lock (_gate)
        {
            kill = _kills.Find(k => k.Sale == sale);
            if (kill is null)
            {
                return false;
            }

            _kills.Remove(kill);
        }

        using var process = Process.GetProcessById(kill.Pid);
        process.Kill();
        return true;
    }
}
