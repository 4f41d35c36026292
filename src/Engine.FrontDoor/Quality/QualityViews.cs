namespace Engine.FrontDoor.Quality;

/// <summary>What the marketplace holds against the app in one shop, by its own rules, computed from our own data.</summary>
/// <param name="AutoCancelled">Orders cancelled by the marketplace because they were not shipped in time.</param>
/// <param name="Open">Open incidents by rule, every rule named; of A1 to A4 those of the period.</param>
/// <param name="MissingOrders">Orders that the marketplace has and that could not be stored.</param>
/// <param name="Incidents">Newest first.</param>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record QualityView(
    string Shop,
    AutoCancelView AutoCancelled,
    IReadOnlyDictionary<string, long> Open,
    long MissingOrders,
    IReadOnlyList<IncidentView> Incidents,
    string? NextCursor);

/// <param name="Orders">Numerator.</param>
/// <param name="Due">Denominator: orders whose dispatch deadline lies in the period.</param>
/// <param name="Rate">orders / due; null without orders.</param>
/// <param name="Target">The rate is to stay below this.</param>
/// <param name="SmallSample">So few orders that one case is over the target: look at the count.</param>
/// <param name="PeriodDays">The days looked back over.</param>
public sealed record AutoCancelView(long Orders, long Due, decimal? Rate, decimal Target, bool SmallSample, int PeriodDays);

/// <param name="Rule">R0 to R7 or A1 to A4, as the marketplace names them.</param>
/// <param name="Reason">The marketplace's reason code; OTHER where it has none for the case.</param>
/// <param name="Cause">What stood in the way, in the engine's words.</param>
/// <param name="OpenedAt">When it was first seen.</param>
/// <param name="ClosedBy">platform when the order moved on there, engine when our side was mended; null while open.</param>
/// <param name="ReportedAt">When the marketplace's exchange was told; null where it was not, or is switched off.</param>
public sealed record IncidentView(
    string OrderId,
    string Rule,
    string Reason,
    string Cause,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt,
    string? ClosedBy,
    DateTimeOffset? ReportedAt);
