namespace Engine.TikTok.Translation;

/// <summary>Unix seconds of the wire to instants. Zero, negative and absurd values count as absent.</summary>
internal static class Instants
{
    /// <summary>9999-12-31T23:59:59Z.</summary>
    private const long Max = 253_402_300_799;

    public static DateTimeOffset? Of(long? seconds) => seconds is > 0 and <= Max ? DateTimeOffset.FromUnixTimeSeconds(seconds.Value) : null;

    /// <summary>The whole second at or before, for the closed start of a window: it never loses anything.</summary>
    public static long? SecondsFrom(DateTimeOffset? from) => from?.ToUnixTimeSeconds();

    /// <summary>The whole second at or after, for the open end of a window: it never loses anything.</summary>
    public static long? SecondsTo(DateTimeOffset? to) =>
        to is { } end ? end.ToUnixTimeSeconds() + (end.UtcTicks % TimeSpan.TicksPerSecond == 0 ? 0 : 1) : null;
}
