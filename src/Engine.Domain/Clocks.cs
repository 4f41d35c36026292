namespace Engine.Domain;

/// <summary>The two clocks (design 2.13), as keys of the keyed <see cref="TimeProvider"/>s.</summary>
public static class Clocks
{
    /// <summary>Hold, SLA and auto-cancel clocks, token and URL life, document delay, sweeps, the watermark, re-reads. May run faster, or in steps.</summary>
    public const string Business = "business";

    /// <summary>Signatures, time-outs, breakers, leases, rate limits, read-back spacing. Always the machine's own.</summary>
    public const string System = "system";
}
