namespace Engine.Domain.Parcels;

/// <summary>What an attempt to ship failed with.</summary>
/// <param name="Code">The marketplace's own code, or one of the words below.</param>
public sealed record ParcelTrouble(string Code)
{
    public const string RateLimited = "rate_limited";
    public const string NotSent = "not_sent";
    public const string NoAnswer = "no_answer";

    /// <param name="reason">As recorded: `CODE: message`, or words.</param>
    public static ParcelTrouble NotApplied(string reason) =>
        new(LeadingCode(reason) ?? (reason.StartsWith("rate limited", StringComparison.Ordinal) ? RateLimited : NotSent));

    /// <param name="reason">As recorded: `CODE: message`, or words.</param>
    public static ParcelTrouble Unknown(string reason) => new(LeadingCode(reason) ?? NoAnswer);

    private static string? LeadingCode(string reason)
    {
        var end = reason.IndexOf(':', StringComparison.Ordinal);
        return end is > 0 and <= 12 && reason.AsSpan(0, end).IndexOfAnyExceptInRange('0', '9') < 0 ? reason[..end] : null;
    }
}
