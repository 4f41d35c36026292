using NodaTime;

namespace Engine.Domain.LateDispatch;

/// <summary>The calendar day on which an instant falls for policy.</summary>
/// <remarks>Pacific wall time for the US (fact sheet 4.2, window boundary, confidence L).</remarks>
public static class PolicyDay
{
    public const string DefaultZone = "America/Los_Angeles";

    private static readonly DateTimeZone Pacific = DateTimeZoneProviders.Tzdb[DefaultZone];

    public static DateOnly Of(DateTimeOffset at)
    {
        var local = Instant.FromDateTimeOffset(at).InZone(Pacific).Date;
        return new DateOnly(local.Year, local.Month, local.Day);
    }

    /// <summary>The instant at which the day begins, UTC.</summary>
    public static DateTimeOffset StartOf(DateOnly day) =>
        Pacific.AtStartOfDay(new LocalDate(day.Year, day.Month, day.Day)).ToInstant().ToDateTimeOffset();
}
