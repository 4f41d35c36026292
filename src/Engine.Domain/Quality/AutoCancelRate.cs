namespace Engine.Domain.Quality;

/// <summary>A-LOC: orders that the marketplace cancelled because they were not shipped in time, of those that were due (tiktok-quality.md 1).</summary>
/// <remarks>The formula stands only in a picture of the source, so this is a working definition: numerator = time-out cancellations of the period that match
/// A1 to A4; denominator = the shop's orders whose dispatch deadline lies in the period, without those cancelled before it, and with the numerator.</remarks>
public sealed record AutoCancelRate(long Orders, long Due)
{
    /// <summary>Below this share is wanted: 0.01 %.</summary>
    public const decimal Target = 0.0001m;

    /// <summary>The days that are looked back over. Invented: the source names no period.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromDays(30);

    /// <summary>Null without orders.</summary>
    public decimal? Ratio => Due == 0 ? null : (decimal)Orders / Due;

    /// <summary>With fewer orders a single case is over the target: the count is what to look at.</summary>
    public bool SmallSample => Due < 1 / Target;
}
