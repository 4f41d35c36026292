using System.Globalization;

namespace Engine.Host.Demo.Recovery;

/// <summary>What is done to the hosts while orders stream in.</summary>
public enum RecoveryKind
{
    /// <summary>Nothing: nobody may be declared dead.</summary>
    Steady,

    /// <summary>SIGKILL of one host, which stays away until the end of its phase.</summary>
    KillOne,

    /// <summary>SIGKILL of all, restarted at once.</summary>
    KillAll,

    /// <summary>SIGSTOP of one host until long after it was declared dead, then SIGCONT.</summary>
    FreezeOne,

    /// <summary>SIGTERM of one host, which is started again.</summary>
    StopOne,

    /// <summary>SIGTERM of one host after the other, each when the one before is ready again.</summary>
    Rolling,
}

/// <param name="Length">System time; a phase lasts longer when its hosts are not ready again by then.</param>
public sealed record RecoveryPhase(RecoveryKind Kind, TimeSpan Length);

/// <summary>`--recovery kill-one:20,rolling`: phases one after the other, each with its seconds where they differ from the default.</summary>
public static class RecoveryPlan
{
    /// <summary>System time before the first phase: desks and readers are at work, the JIT compiler has seen the code.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Orders go on coming for this share of the phases after the last was meant to end, since phases may last longer than they were meant to.</summary>
    private const double Slack = 0.2;
    private const double SlackMaxSeconds = 10;

    private static readonly Dictionary<string, (RecoveryKind Kind, int Seconds)> ByName = new(StringComparer.Ordinal)
    {
        ["steady"] = (RecoveryKind.Steady, 60),
        ["kill-one"] = (RecoveryKind.KillOne, 20),
        ["kill-all"] = (RecoveryKind.KillAll, 25),
        ["freeze-one"] = (RecoveryKind.FreezeOne, 40),
        ["stop-one"] = (RecoveryKind.StopOne, 20),
        ["rolling"] = (RecoveryKind.Rolling, 50),
    };

    public static string Known => string.Join(", ", ByName.Keys);

    /// <exception cref="FormatException">A phase that is not known, or no number of seconds.</exception>
    public static IReadOnlyList<RecoveryPhase> Parse(string text) => [.. text.Split(',').Select(ParseOne)];

    public static string NameOf(RecoveryKind kind) => ByName.First(p => p.Value.Kind == kind).Key;

    /// <summary>Enough for the rate to last until all phases have ended.</summary>
    public static int OrdersFor(IEnumerable<RecoveryPhase> phases, double rate, TimeSpan ramp) =>
        (int)(rate * ((ramp.TotalSeconds / 2) + WarmUp.TotalSeconds + phases.Sum(p => p.Length.TotalSeconds + Math.Min(SlackMaxSeconds, Slack * p.Length.TotalSeconds))));

    private static RecoveryPhase ParseOne(string text)
    {
        var parts = text.Split(':', 2);
        if (!ByName.TryGetValue(parts[0], out var known))
        {
            throw new FormatException($"'{parts[0]}' is no phase: expected one of {Known}.");
        }

        return new RecoveryPhase(
            known.Kind, TimeSpan.FromSeconds(parts.Length == 1 ? known.Seconds : int.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture)));
    }
}
