namespace Engine.Host.Demo.Chaos;

/// <summary>What happens when, drawn from the seed alone: the same seed, length and number of hosts give the same schedule.</summary>
internal static class ChaosSchedule
{
    /// <summary>Longer than a cluster takes to declare a silent host dead (two missed probes of one second).</summary>
    private const double PastDetectionMinSeconds = 4;
    private const double PastDetectionMaxSeconds = 7;

    /// <summary>In order of time.</summary>
    public static IReadOnlyList<ChaosStep> Of(ulong seed, TimeSpan length, int hosts)
    {
        var draw = new ChaosDraw(seed);
        var seconds = length.TotalSeconds;
        int PerSeconds(double every) => Math.Max(1, (int)(seconds / every));

        ChaosStep Step(ChaosKind kind, int number, double minLength = 0, double maxLength = 0, bool oneHost = false)
        {
            var id = $"{kind}-{number}";
            return new ChaosStep(
                kind,
                id,
                TimeSpan.FromSeconds(draw.Between(id, "at", 0.08 * seconds, 0.85 * seconds)),
                TimeSpan.FromSeconds(draw.Between(id, "length", minLength, maxLength)),
                oneHost ? draw.Number(id, "host", hosts) : 0);
        }

        IEnumerable<ChaosStep> Steps(ChaosKind kind, int count, double minLength = 0, double maxLength = 0, bool oneHost = false) =>
            Enumerable.Range(1, count).Select(i => Step(kind, i, minLength, maxLength, oneHost));

        List<ChaosStep> steps =
        [
            new(ChaosKind.Storm, "Storm-1", TimeSpan.Zero, length, Strength: draw.Between("Storm-1", "strength", 0.1, 0.5)),
            new(ChaosKind.PoisonOrders, "PoisonOrders-1", TimeSpan.Zero, length, Strength: draw.Between("PoisonOrders-1", "strength", 0.005, 0.03)),
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

        return [.. steps.OrderBy(s => s.At).ThenBy(s => s.Id, StringComparer.Ordinal)];
    }
}
