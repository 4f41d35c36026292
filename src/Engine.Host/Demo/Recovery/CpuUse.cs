using System.Globalization;

namespace Engine.Host.Demo.Recovery;

/// <summary>How long this machine's processors have worked and idled since it started, by /proc/stat.</summary>
internal readonly record struct CpuUse(long Busy, long Idle)
{
    public static CpuUse Now()
    {
        // cpu  user nice system idle iowait irq softirq steal guest guest_nice; guests are in user and nice already.
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(t => long.Parse(t, CultureInfo.InvariantCulture)).ToList();
        var idle = ticks[3] + ticks[4];
        return new CpuUse(ticks.Sum() - idle, idle);
    }

    /// <returns>0 to 1.</returns>
    public double Since(CpuUse before) => Math.Round((Busy - before.Busy) / Math.Max(1.0, Busy - before.Busy + Idle - before.Idle), 3);
}
