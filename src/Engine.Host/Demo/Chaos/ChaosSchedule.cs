namespace Engine.Host.Demo.Chaos;

/// <summary>What happens when, drawn from the seed alone: the same seed, length and number of hosts give the same schedule.</summary>
internal static class ChaosSchedule
{
    /// <summary>Longer than a cluster takes to declare a host dead that is silent while its connections stay open: 8 to 9 s, measured (one that is killed is known in 1 s).</summary>
    private const double PastDetectionMinSeconds = 10;
    private const double PastDetectionMaxSeconds = 12;

    /// <summary>Longer still: the others go on with its orders some 13 s after it was stopped, measured, and are to have written to them when it wakes up.</summary>
    private const double OvertakenMinSeconds = 17;
    private const double OvertakenMaxSeconds = 19;

    /// <summary>Of a run's length: by then everything but the last strike is over.</summary>
    private const double LastStrikeRatio = 0.8;

    /// <summary>For which orders still come after a run's length: the last strike waits for the hosts, and its host wakes up among others at work.</summary>
    private static readonly TimeSpan OrdersLonger = TimeSpan.FromSeconds(20);

    /// <summary>At least an hour of business time at 600 business seconds per second.</summary>
    private const double HourMinSeconds = 6;
    private const double HourMaxSeconds = 8;

    /// <summary>When orders come, and before anything else is done.</summary>
    private static readonly TimeSpan FirstLoss = TimeSpan.FromSeconds(1);

    /// <summary>By how much order lists lag while webhooks are lost, in seconds that pass for a host: at full speed the platform's 30 s of business time would be over
    /// before a sweep has made its second search.</summary>
    private const double ListLagHostSeconds = 3;
    private const double ListLagMinSeconds = 30;
    private const double ListLagMaxSeconds = 1800;

    /// <summary>Of the bound on clock skew: hosts and marketplace, each asked at another moment, must stay within it.</summary>
    private const double SkewRatioMax = 0.8;

    /// <summary>Business time by which order lists lag while webhooks are lost.</summary>
    public static TimeSpan ListLag(double speed) => TimeSpan.FromSeconds(Math.Clamp(ListLagHostSeconds * speed, ListLagMinSeconds, ListLagMaxSeconds));

    /// <summary>System time over which the orders of a run are spread.</summary>
    public static TimeSpan OrdersFor(TimeSpan length) => length + OrdersLonger;

    /// <summary>What the hosts allow for it.</summary>
    public static TimeSpan WatermarkLag(double speed) => ListLag(speed) * 2;

    /// <summary>By how much a host's clocks are ahead for the whole of a run; negative: behind.</summary>
    public static TimeSpan ClockAhead(ulong seed, int host, TimeSpan skewBound) =>
        skewBound * SkewRatioMax * new ChaosDraw(seed).Between(SkewOf(host), "ahead", -1, 1);

    /// <summary>In order of time.</summary>
    /// <param name="skewBound">By how much clocks may differ.</param>
    public static IReadOnlyList<ChaosStep> Of(ulong seed, TimeSpan length, int hosts, TimeSpan skewBound)
    {
        var draw = new ChaosDraw(seed);
        var seconds = length.TotalSeconds;
        int PerSeconds(double every) => Math.Max(1, (int)(seconds / every));

        ChaosStep Step(ChaosKind kind, int number, double minLength = 0, double maxLength = 0, bool oneHost = false)
        {
            var id = $"{kind}-{number}";
            var lasts = draw.Between(id, "length", minLength, maxLength);
            return new ChaosStep(
                kind,
                id,
                TimeSpan.FromSeconds(Math.Max(0, Math.Min(draw.Between(id, "at", 0.08 * seconds, 0.75 * seconds), (LastStrikeRatio * seconds) - lasts))),
                TimeSpan.FromSeconds(lasts),
                oneHost ? draw.Number(id, "host", hosts) : 0);
        }

        IEnumerable<ChaosStep> Steps(ChaosKind kind, int count, double minLength = 0, double maxLength = 0, bool oneHost = false) =>
            Enumerable.Range(1, count).Select(i => Step(kind, i, minLength, maxLength, oneHost));

        List<ChaosStep> steps =
        [
            new(ChaosKind.Storm, "Storm-1", TimeSpan.Zero, length, Strength: draw.Between("Storm-1", "strength", 0.1, 0.5)),
            new(ChaosKind.PoisonOrders, "PoisonOrders-1", TimeSpan.Zero, length, Strength: draw.Between("PoisonOrders-1", "strength", 0.005, 0.03)),
            .. Enumerable.Range(1, hosts).Select(h => new ChaosStep(ChaosKind.SkewClock, SkewOf(h), TimeSpan.Zero, TimeSpan.Zero, h, ClockAhead(seed, h, skewBound).TotalSeconds)),
            .. Steps(ChaosKind.LoseWebhooks, PerSeconds(60), HourMinSeconds, HourMaxSeconds),

            // And once while every host is well: one that is struck makes no claim that could be wrong.
            Step(ChaosKind.LoseWebhooks, PerSeconds(60) + 1, HourMinSeconds, HourMaxSeconds) with { At = FirstLoss },
            .. Steps(ChaosKind.KillHost, Math.Max(2, (int)(seconds / 20)), oneHost: true),
            .. Steps(ChaosKind.KillAfterSale, PerSeconds(30)),
            .. Steps(ChaosKind.FreezeHost, PerSeconds(30), PastDetectionMinSeconds, PastDetectionMaxSeconds, oneHost: true),
            .. Steps(ChaosKind.CrashDatabase, PerSeconds(60), 0.5, 3),
            .. Steps(ChaosKind.KillBackends, PerSeconds(20)),
            .. Steps(ChaosKind.FillDisk, PerSeconds(60), 2, 4),
            .. Steps(ChaosKind.DeauthoriseShops, PerSeconds(60), 1, 3),
        ];
        if (seconds >= 60)
        {
            steps.AddRange(Steps(ChaosKind.KillAllHosts, 1));
        }

        if (hosts > 1)
        {
            steps.AddRange(Steps(ChaosKind.CutNetwork, PerSeconds(30), PastDetectionMinSeconds, PastDetectionMaxSeconds, oneHost: true));
        }

        // When everything else is over and orders still come: others must be there to declare the host dead and go on.
        var over = steps.Where(s => s.Kind is not (ChaosKind.Storm or ChaosKind.PoisonOrders)).Max(s => s.At + s.Length);
        steps.Add(Step(ChaosKind.FreezeMidWrite, 1, OvertakenMinSeconds, OvertakenMaxSeconds) with { At = over });
        return [.. steps.OrderBy(s => s.At).ThenBy(s => s.Id, StringComparer.Ordinal)];
    }

    private static string SkewOf(int host) => $"{nameof(ChaosKind.SkewClock)}-{host}";
}
