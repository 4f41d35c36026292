using System.Globalization;

namespace Engine.Host.Demo.Chaos;

/// <summary>What is done to the processes of a run. The names are printed and counted.</summary>
internal enum ChaosKind
{
    /// <summary>SIGKILL of one host.</summary>
    KillHost,

    /// <summary>SIGKILL of every host at once.</summary>
    KillAllHosts,

    /// <summary>The sandbox SIGKILLs every host after the next sale and before its answer.</summary>
    KillAfterSale,

    /// <summary>SIGSTOP of one host for longer than its cluster takes to declare it dead, then SIGCONT.</summary>
    FreezeHost,

    /// <summary>The same, when all are back at work, to the host that has lived longest, whose writes have piled up behind a locked table: awake again, it sends
    /// them with versions that others have gone beyond.</summary>
    FreezeMidWrite,

    /// <summary>PostgreSQL ends as by power loss and is started again after the length.</summary>
    CrashDatabase,

    /// <summary>Each connection of the engine to PostgreSQL is ended with probability one half.</summary>
    KillBackends,

    /// <summary>PostgreSQL's disk is full for the length.</summary>
    FillDisk,

    /// <summary>No packet passes between one host and the others for the length; each still reaches the database and the marketplace.</summary>
    CutNetwork,

    /// <summary>From its start to the end one host's clocks are wrong, within the bound that the engine counts on.</summary>
    SkewClock,

    /// <summary>Every webhook is lost and every list lags behind for the length.</summary>
    LoseWebhooks,

    /// <summary>Ready-made weather of the sandbox's faults.</summary>
    Storm,

    /// <summary>Some orders break their translation until healed.</summary>
    PoisonOrders,

    /// <summary>The sellers withdraw the authorization, and give it again after the length.</summary>
    DeauthoriseShops,
}

/// <param name="At">System time since the orders began.</param>
/// <param name="Length">System time after which it is healed; zero: nothing to heal.</param>
/// <param name="Host">Number of the host it is done to; 0: none or all.</param>
/// <param name="Strength">Of a storm; or the share of orders that are poisoned; or the seconds by which a clock is ahead (negative: behind).</param>
internal sealed record ChaosStep(ChaosKind Kind, string Id, TimeSpan At, TimeSpan Length, int Host = 0, double Strength = 0)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{At.TotalSeconds,6:F2} s  {Id}{(Host > 0 ? $" host {Host}" : "")}{(Length > TimeSpan.Zero ? $" for {Length.TotalSeconds:F2} s" : "")}{(Strength != 0 ? $" at {Strength:F3}" : "")}");
}
