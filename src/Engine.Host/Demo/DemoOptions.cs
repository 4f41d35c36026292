using System.Globalization;
using Engine.Domain.Ports;
using Engine.Grains;
using Engine.Host.Demo.Chaos;
using Engine.Host.Demo.Recovery;
using Engine.Host.KillPoints;

namespace Engine.Host.Demo;

/// <summary>What `deploy/up.sh` was asked for.</summary>
public sealed record DemoOptions
{
    public int Orders { get; init; } = 2000;

    public int Shops { get; init; } = 4;

    /// <summary>Business seconds per second; null = stepped time (`max`).</summary>
    public double? Speed { get; init; } = 1;

    public FileInfo? Replay { get; init; }

    /// <summary>End when every order is accounted for; else run until Ctrl-C.</summary>
    public bool UntilDone { get; init; }

    /// <summary>After the summary everything goes on running until Ctrl-C, to be looked at.</summary>
    public bool Stay { get; init; }

    /// <summary>System time after which an unfinished run fails; null = never.</summary>
    public TimeSpan? Timeout { get; init; }

    public FileInfo? Json { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Absolute; emptied at the start. Holds database, labels, keys and logs of the run.</summary>
    public required string DataFolder { get; init; }

    public int Hosts { get; init; } = 1;

    /// <summary>Random SIGKILLs of a host.</summary>
    public int KillHost { get; init; }

    /// <summary>The sandbox kills the first host after it sold this label and before it answers; null = never.</summary>
    public int? KillAfterSale { get; init; }

    /// <summary>System time for which processes, database, disk, network and marketplace are put through a schedule drawn from <see cref="Seed"/>; then all is
    /// healed and the orders must be brought to their end. Null: nothing is done to them.</summary>
    public TimeSpan? Chaos { get; init; }

    /// <summary>The first three numbers of the hosts' addresses where each has a network namespace of its own; null: loopback.</summary>
    public string? HostNetwork { get; init; }

    /// <summary>The sandbox kills the first host when so many purchases have arrived, before the last of them is executed; null = never.</summary>
    public int? KillBeforeSale { get; init; }

    /// <summary>Hosts kill themselves at these points of a purchase (`ENGINE_KILL_POINT`); null = never.</summary>
    public string? KillPoints { get; init; }

    /// <summary>An ERP follows the event feed all the while, and is held against the journal at the end: where hosts are struck while they tell it.</summary>
    public bool ErpFollows => Chaos is not null || (KillPoints is { } points && KillPointNames.Read(points)?.ContainsKey(KillPoint.ErpTold) == true);

    /// <summary>A host freezes itself once an order stands at each of these points (`ENGINE_FREEZE_POINTS`); null = never.</summary>
    public string? FreezePoints { get; init; }

    /// <summary>System time after which a frozen host is woken: longer than it takes to be declared dead, and for the fence to pass.</summary>
    public TimeSpan FreezeFor { get; init; }

    /// <summary>Orders per second of system time, placed whether or not the engine keeps up: no hold, no document delay, first scans after
    /// half a minute to a minute, and no limit of calls on either side. Null: the default scenario.</summary>
    public double? Rate { get; init; }

    /// <summary>What is done to the hosts, phase by phase, once <see cref="Rate"/> is reached; null = nothing.</summary>
    public IReadOnlyList<RecoveryPhase>? Recovery { get; init; }

    /// <summary>System time in which <see cref="Rate"/> rises evenly from nothing.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>One order a line: the Unix time in milliseconds of its release, and the milliseconds from then to its label stored.</summary>
    public FileInfo? Latencies { get; init; }

    public bool SellerShipped { get; init; }

    public int HttpPort { get; init; } = 8080;

    public int SandboxPort { get; init; } = 8090;

    public required string SandboxProgram { get; init; }

    public bool IsStepped => Speed is null;

    /// <summary>The fence of design 2.11 made short enough for a demonstration; the same numbers go to the sandbox.</summary>
    public bool ShortFence => IsStepped || Speed > 1 || Recovery?.Any(p => p.Kind != RecoveryKind.Steady) == true;

    public Uri SandboxAddress => new($"http://127.0.0.1:{SandboxPort}");

    public Uri HostAddress(int number) => HostNetwork is { } network
        ? new($"http://{network}.{10 + number}:{HttpPort}")
        : new($"http://127.0.0.1:{HttpPort + number - 1}");

    /// <summary>Business time by which the hosts' watermark stays behind.</summary>
    public TimeSpan WatermarkLag => Chaos is null ? new GrainsOptions().WatermarkLag : ChaosSchedule.WatermarkLag(Speed ?? 1);

    public string SpeedText => Speed?.ToString(CultureInfo.InvariantCulture) ?? "max";
}
