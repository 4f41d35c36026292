using System.Globalization;

namespace Engine.LoadTests.Peak;

/// <summary>CPU seconds of a process and all its descendants, by what they are. Read from /proc; a process that has ended keeps its last figure.</summary>
public sealed class CpuByProcess(int root)
{
    /// <summary>What nobody used, and what the machine's other guests were given instead of us: with much of the latter a rate says little of the engine.</summary>
    public const string Idle = "idle", Stolen = "stolen";

    private const double TicksPerSecond = 100;

    /// <summary>Columns of the first line of /proc/stat, after its name.</summary>
    private const int IdleColumn = 3, WaitingColumn = 4, StolenColumn = 7;

    private readonly Dictionary<int, (string Stage, double Seconds)> seen = [];

    private readonly List<(double AtMs, Dictionary<string, double> Seconds)> samples = [];

    /// <summary>CPU seconds by stage between two Unix times in milliseconds, as near as the samples lie to them.</summary>
    public IReadOnlyDictionary<string, double> Between(double fromMs, double toMs)
    {
        if (samples.Count == 0)
        {
            return new Dictionary<string, double>(StringComparer.Ordinal);
        }

        var first = samples.MinBy(s => Math.Abs(s.AtMs - fromMs)).Seconds;
        return samples.MinBy(s => Math.Abs(s.AtMs - toMs)).Seconds
            .ToDictionary(s => s.Key, s => s.Value - first.GetValueOrDefault(s.Key), StringComparer.Ordinal);
    }

    public void Sample()
    {
        var parents = new Dictionary<int, int>();
        var times = new Dictionary<int, double>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ReadStat(id) is { } stat)
            {
                parents[id] = stat.Parent;
                times[id] = stat.Seconds;
            }
        }

        foreach (var (id, used) in times)
        {
            if (StageOf(id, parents) is { } stage)
            {
                seen[id] = (stage, used);
            }
        }

        var machine = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(c => double.Parse(c, CultureInfo.InvariantCulture) / TicksPerSecond).ToList();
        seen[-1] = (Idle, machine[IdleColumn] + machine[WaitingColumn]);
        seen[-2] = (Stolen, machine[StolenColumn]);
        samples.Add((
            (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds,
            seen.Values.GroupBy(s => s.Stage, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(s => s.Seconds), StringComparer.Ordinal)));
    }

    private string? StageOf(int id, Dictionary<int, int> parents)
    {
        var command = Command(id);

        // The server leaves its parent, so it is known by its name and by not having been there before.
        if (command.Contains("postgres", StringComparison.Ordinal) && !command.Contains("Engine.", StringComparison.Ordinal))
        {
            return "postgres";
        }

        for (var at = id; parents.TryGetValue(at, out var parent); at = parent)
        {
            if (parent == root || at == root)
            {
                return command.Contains("Engine.Sandbox", StringComparison.Ordinal) && !command.Contains(" demo ", StringComparison.Ordinal) ? "sandbox"
                    : command.Contains(" demo ", StringComparison.Ordinal) ? "driver"
                    : command.Contains("Engine.Host", StringComparison.Ordinal) && !command.Contains("build", StringComparison.Ordinal) ? "engine" : null;
            }
        }

        return null;
    }

    private static (int Parent, double Seconds)? ReadStat(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var rest = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(rest[1], CultureInfo.InvariantCulture),
                (double.Parse(rest[11], CultureInfo.InvariantCulture) + double.Parse(rest[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
        catch (IOException)
        {
            // Ended between the listing and the reading.
            return null;
        }
    }

    private static string Command(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
